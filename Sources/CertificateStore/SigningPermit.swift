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

/// A transaction that reached the disk, and the permits that come of it.
package struct DurableCommit: ~Copyable, Sendable {
    private let certificates: [OwnCertificate]

    init(_ certificates: [OwnCertificate]) {
        self.certificates = certificates
    }

    /// The permit for a certificate that the transaction staged.
    package func permit(for certificate: OwnCertificate) -> SigningPermit {
        precondition(
            certificates.contains(certificate), "a permit is for what the transaction recorded")
        return SigningPermit(for: certificate)
    }
}
