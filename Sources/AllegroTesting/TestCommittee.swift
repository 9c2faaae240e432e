package import AllegroCrypto
package import AllegroModels

/// A committee whose keys the test holds.
package struct TestCommittee: Sendable {
    package let chainID: UInt64
    package let committee: Committee
    package let keys: [ValidatorID: ValidatorSigningKey]

    /// The validators, in order of their ids.
    package let ids: [ValidatorID]

    /// Validators with ids 1, 2, … in every byte and seeds 0x41, 0x42, … in every byte.
    package init(seats: Int, chainID: UInt64 = 1337, epoch: UInt64 = 1) {
        self.chainID = chainID
        var keys: [ValidatorID: ValidatorSigningKey] = [:]
        var members: [ValidatorIdentity] = []
        for seat in 0..<seats {
            let id = ValidatorID(repeating: UInt8(seat + 1))
            let key = Self.key(seed: UInt8(0x41 + seat))
            keys[id] = key
            members.append(ValidatorIdentity(id: id, publicKey: key.publicKey))
        }
        self.keys = keys
        ids = members.map(\.id)
        do {
            committee = try Committee(epoch: epoch, members: members)
        } catch {
            preconditionFailure("ids and seeds differ: \(error)")
        }
    }

    /// The key whose seed is one byte, 32 times.
    package static func key(seed: UInt8) -> ValidatorSigningKey {
        do {
            return try ValidatorSigningKey(seed: Bytes32(repeating: seed))
        } catch {
            preconditionFailure("libsodium is not usable here: \(error)")
        }
    }

    /// The certificate that a validator would sign.
    package func certificate(
        by signer: ValidatorID, for txHash: TxHash, _ effects: Effects,
        createdUnixMillis: UInt64 = 1_000
    ) -> Certificate {
        guard let key = keys[signer] else { preconditionFailure("\(signer) has no seat") }
        return Certificate(
            signer: ValidatorReference(id: signer), txHash: txHash, effectsHash: effects.hash,
            effects: effects,
            signature: key.signCertificate(
                chainID: chainID, epoch: committee.epoch, txHash: txHash,
                effectsHash: effects.hash),
            createdUnixMillis: createdUnixMillis, epoch: committee.epoch)
    }

    /// A quorum certificate by the first validators, or by those that are named.
    package func quorumCertificate(
        for txHash: TxHash, _ effects: Effects, by signers: [ValidatorID]? = nil
    ) -> QuorumCertificate {
        let signers = signers ?? Array(ids.prefix(committee.quorum))
        return QuorumCertificate(
            txHash: txHash, effectsHash: effects.hash,
            certificates: signers.map { certificate(by: $0, for: txHash, effects) },
            threshold: UInt32(committee.quorum))
    }

    /// The same, verified.
    package func verified(
        for payment: TestPayment, by signers: [ValidatorID]? = nil
    ) -> VerifiedQuorumCertificate {
        let qc = quorumCertificate(for: payment.txHash, payment.effects, by: signers)
        do {
            return try qc.verified(chainID: chainID, committee: committee)
        } catch {
            preconditionFailure("a quorum of members signed: \(error)")
        }
    }
}
