internal import AllegroCrypto
internal import AllegroModels
internal import CertificateStore
internal import SidecarCore
internal import Synchronization

/// Makes this validator's certificates, each from the permit that its durable record gave.
final class CertificateSigner: Sendable {
    /// Who signs.
    let identity: ValidatorIdentity

    private let key: ValidatorSigningKey
    private let chainID: UInt64
    private let signatures: Mutex<SignatureCache>

    /// - Parameter signaturesMax: how many signatures are remembered; any can be made again.
    init(
        key: ValidatorSigningKey, id: ValidatorID, name: String, chainID: UInt64,
        signaturesMax: Int
    ) {
        self.key = key
        self.chainID = chainID
        identity = ValidatorIdentity(id: id, publicKey: key.publicKey, name: name)
        signatures = Mutex(SignatureCache(countMax: signaturesMax))
    }

    /// Signs what the permit permits; the same certificate every time (RFC 8032 is deterministic).
    func sign(_ permit: consuming SigningPermit) -> Certificate {
        let certificate = permit.certificate
        let signature: Ed25519Signature
        if let known = signatures.withLock({ $0.signature(of: certificate.txHash) }) {
            signature = known
        } else {
            signature = key.signCertificate(
                chainID: chainID, epoch: certificate.epoch, txHash: certificate.txHash,
                effectsHash: certificate.effectsHash)
            signatures.withLock { $0.insert(signature, of: certificate.txHash) }
        }
        return Certificate(
            signer: ValidatorReference(identity), txHash: certificate.txHash,
            effectsHash: certificate.effectsHash, effects: certificate.effects,
            signature: signature, createdUnixMillis: certificate.createdUnixMillis,
            epoch: certificate.epoch)
    }
}

/// Recent signatures: two generations, of which the older is dropped when the younger is full.
private struct SignatureCache {
    private let generationCountMax: Int
    private var younger: [TxHash: Ed25519Signature] = [:]
    private var older: [TxHash: Ed25519Signature] = [:]

    init(countMax: Int) {
        generationCountMax = max(1, countMax / 2)
    }

    func signature(of txHash: TxHash) -> Ed25519Signature? { younger[txHash] ?? older[txHash] }

    mutating func insert(_ signature: Ed25519Signature, of txHash: TxHash) {
        if younger.count >= generationCountMax {
            older = younger
            younger = [:]
        }
        younger[txHash] = signature
    }
}
