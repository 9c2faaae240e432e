public import AllegroModels

/// Why a certificate does not hold.
public enum CertificateError: Error, Hashable, Sendable {
    case notAMember(ValidatorID)
    case otherEpoch(UInt64)
    /// The effects are not the ones that the hash beside them names.
    case effectsDiffer
    case badSignature(ValidatorID)
}

extension CertificateError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notAMember(let signer): "\(signer) is no member of the committee"
        case .otherEpoch(let epoch): "the certificate is of epoch \(epoch)"
        case .effectsDiffer: "the effects do not hash to the effects hash"
        case .badSignature(let signer): "the signature of \(signer) does not hold"
        }
    }
}

extension Certificate {
    /// Checks the signature, the signer and the effects' hash.
    ///
    /// Key and name that the certificate's bearer gave for the signer decide nothing.
    public func verify(chainID: UInt64, committee: Committee) throws(CertificateError) {
        guard let member = committee.member(signer.id) else { throw .notAMember(signer.id) }
        guard committee.covers(epoch: epoch) else { throw .otherEpoch(epoch) }
        guard effects.hash == effectsHash else { throw .effectsDiffer }
        let digest = certificateDigest(
            chainID: chainID, epoch: committee.epoch, txHash: txHash, effectsHash: effectsHash)
        guard member.publicKey.verifies(signature, over: digest) else {
            throw .badSignature(signer.id)
        }
    }
}
