public import AllegroModels
internal import CSodium

/// A validator's Ed25519 key (RFC 8032), in memory that is guarded and overwritten when given up.
public struct ValidatorSigningKey: Sendable {
    public let publicKey: ValidatorPublicKey

    /// The seed and the public key, as libsodium wants them.
    private let secret: SecretBytes

    /// Derives the key of a 32-byte seed.
    public init(seed: Bytes32) throws(CryptoUnavailable) {
        var publicKey = [UInt8](repeating: 0, count: Int(crypto_sign_ed25519_PUBLICKEYBYTES))
        secret = try SecretBytes(guarded: Int(crypto_sign_ed25519_SECRETKEYBYTES)) { secret in
            var seed = seed.bytes
            // Neither call can fail: both are arithmetic on buffers of the right size.
            _ = crypto_sign_ed25519_seed_keypair(
                &publicKey, secret, seed)
            sodium_memzero(&seed, seed.count)
        }
        guard let parsed = ValidatorPublicKey(bytes: publicKey) else {
            preconditionFailure("an Ed25519 public key has 32 bytes")
        }
        self.publicKey = parsed
    }

    /// Signs a digest; the same signature every time.
    public func sign(digest: Bytes32) -> Ed25519Signature {
        var signature = [UInt8](repeating: 0, count: Ed25519Signature.byteCount)
        secret.withBytes { secret in
            _ = crypto_sign_ed25519_detached(
                &signature, nil, digest.bytes, UInt64(Bytes32.byteCount), secret)
        }
        guard let parsed = Ed25519Signature(bytes: signature) else {
            preconditionFailure("an Ed25519 signature has 64 bytes")
        }
        return parsed
    }

    /// Signs the certificate digest of a payment and its effects.
    public func signCertificate(
        chainID: UInt64, epoch: UInt64, txHash: TxHash, effectsHash: EffectsHash
    ) -> Ed25519Signature {
        sign(
            digest: certificateDigest(
                chainID: chainID, epoch: epoch, txHash: txHash, effectsHash: effectsHash))
    }
}

extension ValidatorPublicKey {
    /// Whether the key's owner signed this digest.
    ///
    /// Also false for keys and signature points of small order and for any encoding but the canonical.
    public func verifies(_ signature: Ed25519Signature, over digest: Bytes32) -> Bool {
        crypto_sign_ed25519_verify_detached(
            signature.bytes, digest.bytes, UInt64(Bytes32.byteCount), bytes) == 0
    }
}
