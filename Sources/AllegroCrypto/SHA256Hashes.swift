public import AllegroModels
internal import Crypto

/// SHA-256 (FIPS 180-4) of a preimage.
package func sha256(_ bytes: [UInt8]) -> Bytes32 {
    guard let hash = SHA256.hash(data: bytes).withUnsafeBytes({ Bytes32(bytes: $0) }) else {
        preconditionFailure("SHA-256 gives 32 bytes")
    }
    return hash
}

extension FastPayTransaction {
    /// The payment's name in this envelope.
    public var txHash: TxHash { TxHash(sha256(CanonicalEncoding.txPreimage(self))) }
}

extension Effects {
    /// The hash that a certificate carries beside the effects.
    public var hash: EffectsHash { EffectsHash(sha256(CanonicalEncoding.effectsPreimage(self))) }
}

extension QuorumCertificate {
    /// The hash of this certificate as it is, whatever its maker claimed.
    public var hash: QCHash { QCHash(sha256(CanonicalEncoding.quorumCertificatePreimage(self))) }
}

/// The 32 bytes that a validator signs for a payment and its effects.
public func certificateDigest(
    chainID: UInt64, epoch: UInt64, txHash: TxHash, effectsHash: EffectsHash
) -> Bytes32 {
    sha256(
        CanonicalEncoding.certificatePreimage(
            chainID: chainID, epoch: epoch, txHash: txHash, effectsHash: effectsHash))
}
