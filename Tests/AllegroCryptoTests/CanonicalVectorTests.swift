import AllegroCrypto
import AllegroModels
import Testing
import Vectors

/// Every case of the canonical encodings, byte for byte.
struct CanonicalVectorTests {
    @Test(arguments: Vectors.canonical)
    func thePaymentsHashesAreTheVectors(vector: CanonicalCase) throws {
        let sample = try CanonicalSample(vector)
        #expect(sample.transaction.txHash.description == vector.txHash)
        #expect(sample.effects.hash.description == vector.effectsHash)
        let preimage = CanonicalEncoding.certificatePreimage(
            chainID: sample.transaction.chainID, epoch: sample.committee.epoch,
            txHash: sample.transaction.txHash, effectsHash: sample.effects.hash)
        #expect(Hex.encode(preimage) == vector.certPreimage)
        let digest = certificateDigest(
            chainID: sample.transaction.chainID, epoch: sample.committee.epoch,
            txHash: sample.transaction.txHash, effectsHash: sample.effects.hash)
        #expect(digest.description == vector.certDigest)
    }

    @Test(arguments: Vectors.canonical)
    func aSeedMakesTheVectorsKeyAndSignature(vector: CanonicalCase) throws {
        let sample = try CanonicalSample(vector)
        for member in vector.committee {
            let seed = try #require(Bytes32(hex: member.seed))
            let key = try ValidatorSigningKey(seed: seed)
            #expect(key.publicKey.description == member.pubkey)
            guard let certificate = vector.certs.first(where: { $0.signer == member.id }) else {
                continue
            }
            let signature = key.signCertificate(
                chainID: sample.transaction.chainID, epoch: sample.committee.epoch,
                txHash: sample.transaction.txHash, effectsHash: sample.effects.hash)
            #expect(signature.description == certificate.signature)
        }
    }

    @Test(arguments: Vectors.canonical)
    func theQuorumCertificateVerifiesUnderItsHash(vector: CanonicalCase) throws {
        let sample = try CanonicalSample(vector)
        let verified = try sample.quorumCertificate.verified(
            chainID: sample.transaction.chainID, committee: sample.committee)
        #expect(verified.hash.description == vector.qcHash)
        #expect(verified.signerCount == vector.certs.count)
        #expect(verified.effects == sample.effects)
        #expect(verified.quorumCertificate == sample.quorumCertificate)
    }

    /// A QC's certificates come in any order; its hash does not depend on it.
    @Test(arguments: Vectors.canonical)
    func assemblingGivesTheSameHash(vector: CanonicalCase) throws {
        let sample = try CanonicalSample(vector)
        let assembled = try QuorumCertificate.assemble(
            from: sample.quorumCertificate.certificates.reversed(), committee: sample.committee,
            chainID: sample.transaction.chainID)
        #expect(assembled.hash.description == vector.qcHash)
        #expect(assembled.quorumCertificate.claimedHash == assembled.hash)
        let ids = assembled.quorumCertificate.certificates.map(\.signer.id)
        #expect(ids == ids.sorted())
    }
}

/// The first implementation's own vector.
struct GoldenVectorTests {
    private let nonce = Nonce2D(key: .demo, sequence: 7)

    private var transaction: FastPayTransaction {
        FastPayTransaction(
            chainID: 1337, tempoTx: Array("tempo:transfer:alice:bob:10".utf8),
            format: .evmOpaqueBytesV1, nonce: nonce, expiry: .maxBlockHeight(99),
            parentQCHash: QCHash(repeating: 0x11))
    }

    private var effects: Effects {
        Effects(
            sender: Address(repeating: 1), recipient: Address(repeating: 2), amount: 10,
            asset: Address(repeating: 3), nonce: nonce)
    }

    @Test func thePaymentsHashesAreTheFirstImplementations() {
        #expect(
            transaction.txHash.description
                == "80f0bddcad91b05df8b0f96fe3b42fea9a5b5d358a61664616ec17289d80d8df")
        #expect(
            effects.hash.description
                == "7ff26a3ecef7a937adaa2f13bcbb2dc349b1daaa63b5ede4b18f20d130f8859e")
        let digest = certificateDigest(
            chainID: 1337, epoch: 42, txHash: transaction.txHash, effectsHash: effects.hash)
        #expect(
            digest.description
                == "02bf6c27eb0c808a9fbda3cad277eab0634e6050a068054b878eeccc3e712313")
    }

    @Test func theQuorumCertificatesHashIsTheFirstImplementations() {
        func certificate(_ byte: UInt8, signature: UInt8, created: UInt64) -> Certificate {
            Certificate(
                signer: ValidatorReference(id: ValidatorID(repeating: byte)),
                txHash: transaction.txHash, effectsHash: effects.hash, effects: effects,
                signature: Ed25519Signature(repeating: signature), createdUnixMillis: created,
                epoch: 42)
        }
        let quorumCertificate = QuorumCertificate(
            txHash: transaction.txHash, effectsHash: effects.hash,
            certificates: [
                certificate(0x0b, signature: 0xbb, created: 1001),
                certificate(0x0a, signature: 0xaa, created: 1000),
            ], threshold: 2)
        #expect(
            quorumCertificate.hash.description
                == "fee9c0774bd5e57638e46c265bba36430f22e76ce9fa203a5eba6972a7809737")
    }
}
