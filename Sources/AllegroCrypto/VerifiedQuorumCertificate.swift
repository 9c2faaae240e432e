public import AllegroModels

/// A quorum certificate that was found good here (rule S5); nothing else makes one.
public struct VerifiedQuorumCertificate: Hashable, Sendable {
    /// The certificate as it came.
    public let quorumCertificate: QuorumCertificate
    /// Recomputed, whatever its maker claimed.
    public let hash: QCHash
    /// What the quorum agreed on.
    public let effects: Effects
    /// The certificates that counted: one of each signing member, in order of their ids.
    public let certificates: [Certificate]

    public var txHash: TxHash { quorumCertificate.txHash }
    public var effectsHash: EffectsHash { quorumCertificate.effectsHash }
    /// How many members signed.
    public var signerCount: Int { certificates.count }
}

/// Why a quorum certificate does not count.
public enum QuorumCertificateError: Error, Hashable, Sendable {
    case tooManyCertificates(count: Int, countMax: Int)
    case duplicateSigner(ValidatorID)
    case otherPayment(ValidatorID)
    case tooFewSigners(count: Int, quorum: Int)
    case certificate(CertificateError)
    case claimedHashDiffers
}

extension QuorumCertificateError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooManyCertificates(let count, let countMax):
            "\(count) certificates are more than the \(countMax) that are looked at"
        case .duplicateSigner(let signer): "\(signer) signed twice"
        case .otherPayment(let signer): "the certificate of \(signer) is for another payment"
        case .tooFewSigners(let count, let quorum):
            "\(count) members signed, a quorum are \(quorum)"
        case .certificate(let error): error.description
        case .claimedHashDiffers: "the hash is not this quorum certificate's"
        }
    }
}

extension QuorumCertificate {
    /// How many certificates are looked at: strangers' are ignored, but not without end.
    static func certificatesMax(seats: Int) -> Int { max(16, 4 * seats) }

    /// Checks that a quorum of `committee` signed the same payment and effects (rule S5).
    ///
    /// The maker's threshold decides nothing. Certificates of strangers are ignored, though they enter
    /// the hash; a second one of the same signer refuses the whole, as does a member's that is wrong.
    /// No signature is checked before everything else holds.
    public func verified(
        chainID: UInt64, committee: Committee
    ) throws(QuorumCertificateError) -> VerifiedQuorumCertificate {
        let countMax = Self.certificatesMax(seats: committee.seats)
        guard certificates.count <= countMax else {
            throw .tooManyCertificates(count: certificates.count, countMax: countMax)
        }
        let counted = try membersCertificates(committee)
        guard let first = counted.first, counted.count >= committee.quorum else {
            throw .tooFewSigners(count: counted.count, quorum: committee.quorum)
        }
        let hash = hash
        guard claimedHash == nil || claimedHash == hash else { throw .claimedHashDiffers }
        for certificate in counted {
            do {
                try certificate.verify(chainID: chainID, committee: committee)
            } catch {
                throw .certificate(error)
            }
        }
        return VerifiedQuorumCertificate(
            quorumCertificate: self, hash: hash, effects: first.effects, certificates: counted)
    }

    /// The committee's certificates in order of their signers, each for this payment.
    private func membersCertificates(
        _ committee: Committee
    ) throws(QuorumCertificateError) -> [Certificate] {
        var signers: Set<ValidatorID> = []
        var counted: [Certificate] = []
        for certificate in certificates {
            let signer = certificate.signer.id
            guard signers.insert(signer).inserted else { throw .duplicateSigner(signer) }
            guard committee.member(signer) != nil else { continue }
            guard certificate.txHash == txHash, certificate.effectsHash == effectsHash else {
                throw .otherPayment(signer)
            }
            counted.append(certificate)
        }
        return counted.sorted { $0.signer.id < $1.signer.id }
    }

    /// Makes a quorum certificate of certificates for one payment, and checks it.
    ///
    /// - Parameter certificates: one of each signer, in any order; a wrong one is an error, so that the
    ///   caller checks each when it comes.
    public static func assemble(
        from certificates: [Certificate], committee: Committee, chainID: UInt64
    ) throws(QuorumCertificateError) -> VerifiedQuorumCertificate {
        guard let first = certificates.first else {
            throw .tooFewSigners(count: 0, quorum: committee.quorum)
        }
        var quorumCertificate = QuorumCertificate(
            txHash: first.txHash, effectsHash: first.effectsHash,
            certificates: certificates.sorted { $0.signer.id < $1.signer.id },
            threshold: UInt32(clamping: committee.quorum))
        quorumCertificate.claimedHash = quorumCertificate.hash
        return try quorumCertificate.verified(chainID: chainID, committee: committee)
    }
}
