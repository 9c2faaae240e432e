internal import AllegroCrypto
internal import AllegroModels
package import SidecarCore

/// Proof that the guard of a certificate is on disk, which the signer consumes (rule S2).
///
/// Only ``CertificateStore`` makes one, after the transaction that holds the guard was synced.
package struct SigningPermit: ~Copyable, Sendable {
    /// What may be signed.
    package let certificate: OwnCertificate

    init(for certificate: OwnCertificate) {
        self.certificate = certificate
    }
}

/// Places of the bulletin board, all of them on disk, so that our own may be signed again.
package struct BoardPage: ~Copyable, Sendable {
    package let entries: [BoardEntry]
    private let validator: ValidatorID

    init(_ entries: [BoardEntry], of validator: ValidatorID) {
        self.entries = entries
        self.validator = validator
    }

    /// The permit for one of our own certificates of the page.
    package func permit(for index: Int) -> SigningPermit {
        let entry = entries[index]
        precondition(entry.signer == validator, "a permit is for our own certificates")
        return SigningPermit(
            for: OwnCertificate(
                txHash: entry.txHash, effectsHash: entry.effects.hash, effects: entry.effects,
                epoch: entry.epoch, createdUnixMillis: entry.createdUnixMillis))
    }
}

/// A certificate that a transaction staged; its permit comes when the transaction is durable.
package struct StagedCertificate: Hashable, Sendable {
    let transaction: UInt64
    let index: Int
}

/// A transaction that reached the disk, and the permits that come of it.
package struct DurableCommit: ~Copyable, Sendable {
    private let transaction: UInt64
    private let certificates: [OwnCertificate]

    init(of transaction: UInt64, _ certificates: [OwnCertificate]) {
        self.transaction = transaction
        self.certificates = certificates
    }

    /// The permit for a certificate that the transaction staged.
    package func permit(for staged: StagedCertificate) -> SigningPermit {
        precondition(
            staged.transaction == transaction, "a permit is for what the transaction recorded")
        return SigningPermit(for: certificates[staged.index])
    }
}
