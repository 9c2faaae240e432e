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
