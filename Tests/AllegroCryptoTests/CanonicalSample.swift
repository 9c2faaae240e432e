import AllegroCrypto
import AllegroModels
import Testing
import Vectors

/// A case of the canonical encodings as values.
struct CanonicalSample {
    let transaction: FastPayTransaction
    let effects: Effects
    let committee: Committee
    let quorumCertificate: QuorumCertificate

    init(_ vector: CanonicalCase) throws {
        let nonce = Nonce2D(
            key: try #require(NonceKey(hex: vector.nonceKey)),
            sequence: try #require(UInt64(vector.nonceSeq)))
        let expiry: Expiry
        if let height = vector.expiry.maxBlockHeight {
            expiry = .maxBlockHeight(try #require(UInt64(height)))
        } else {
            let millis = try #require(vector.expiry.unixMillis)
            expiry = .unixMillis(try #require(UInt64(millis)))
        }
        transaction = FastPayTransaction(
            chainID: try #require(UInt64(vector.chainId)),
            tempoTx: try #require(Hex.decode(vector.tempoTx)), format: .evmOpaqueBytesV1,
            nonce: nonce, expiry: expiry,
            parentQCHash: try vector.parentQcHash.map { try #require(QCHash(hex: $0)) })
        effects = Effects(
            sender: try #require(Address(hex: vector.effects.sender)),
            recipient: try #require(Address(hex: vector.effects.recipient)),
            amount: try #require(UInt64(vector.effects.amount)),
            asset: try #require(Address(hex: vector.effects.asset)), nonce: nonce)
        committee = try Committee(
            epoch: try #require(UInt64(vector.epoch)),
            members: try vector.committee.map { member in
                ValidatorIdentity(
                    id: try #require(ValidatorID(hex: member.id)),
                    publicKey: try #require(ValidatorPublicKey(hex: member.pubkey)))
            })
        quorumCertificate = try Self.quorumCertificate(
            vector, effects: effects, epoch: committee.epoch)
    }

    private static func quorumCertificate(
        _ vector: CanonicalCase, effects: Effects, epoch: UInt64
    ) throws -> QuorumCertificate {
        let txHash = try #require(TxHash(hex: vector.txHash))
        let effectsHash = try #require(EffectsHash(hex: vector.effectsHash))
        let qcHash: QCHash = try #require(QCHash(hex: vector.qcHash))
        return QuorumCertificate(
            txHash: txHash, effectsHash: effectsHash,
            certificates: try vector.certs.map { certificate in
                Certificate(
                    signer: ValidatorReference(
                        id: try #require(ValidatorID(hex: certificate.signer))),
                    txHash: txHash, effectsHash: effectsHash, effects: effects,
                    signature: try #require(Ed25519Signature(hex: certificate.signature)),
                    createdUnixMillis: try #require(UInt64(certificate.createdUnixMillis)),
                    epoch: epoch)
            },
            threshold: vector.threshold, claimedHash: qcHash)
    }
}
