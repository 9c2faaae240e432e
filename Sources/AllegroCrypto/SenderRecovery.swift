public import AllegroModels

/// Who signed a transaction.
public struct RecoveredSender: Hashable, Sendable {
    /// The account; with an access key, the account that the signature names, which proves nothing.
    public var address: Address
    /// The key that signed for the account; nil when it was the account's own.
    public var accessKey: AccessKey?
}

extension SignedTransaction {
    /// Who signed; nil when the signature does not hold.
    public var sender: RecoveredSender? { sender(of: signingHash) }

    /// Who signed, where the signing hash is at hand.
    func sender(of hash: SigningHash) -> RecoveredSender? {
        switch self {
        case .ethereum(_, let signature):
            guard let address = Secp256k1.recover(signature, over: hash.value) else { return nil }
            return RecoveredSender(address: address)
        case .tempo(_, .primitive(let signature)):
            guard let address = signature.signer(over: hash.value) else { return nil }
            return RecoveredSender(address: address)
        case .tempo(_, .keychain(let version, let account, let signature)):
            let message = version.message(signingHash: hash, account: account)
            guard let key = signature.signer(over: message) else { return nil }
            return RecoveredSender(
                address: account, accessKey: AccessKey(id: key, kind: signature.keyKind))
        }
    }

    /// Who pays the fee of `sender`'s transaction; nil when the sponsor's signature does not hold.
    public func feePayer(sender: Address) -> Address? {
        switch self {
        case .ethereum: return sender
        case .tempo(let transaction, _):
            switch transaction.feePayer {
            case .sender: return sender
            case .awaited: return nil
            case .sponsor(let signature):
                return Secp256k1.recover(
                    signature, over: transaction.feePayerSigningHash(sender: sender))
            }
        }
    }
}

extension KeychainVersion {
    /// What an access key signs for `account`.
    func message(signingHash: SigningHash, account: Address) -> Bytes32 {
        switch self {
        case .v1: signingHash.value
        case .v2: Keccak256.hash([rawValue] + signingHash.bytes + account.bytes)
        }
    }
}

extension PrimitiveSignature {
    /// The address of the key that made the signature over `hash`; nil when none did.
    func signer(over hash: Bytes32) -> Address? {
        switch self {
        case .secp256k1(let signature):
            return Secp256k1.recover(signature, over: hash)
        case .p256(let signature, let prehashed):
            let digest = prehashed ? sha256(hash.bytes) : hash
            return signature.verifies(over: digest) ? signature.signerAddress : nil
        case .webAuthn(let signature):
            return signature.verifies(over: hash) ? signature.signature.signerAddress : nil
        }
    }

    var keyKind: AccountKeyKind {
        switch self {
        case .secp256k1: .secp256k1
        case .p256: .p256
        case .webAuthn: .webAuthn
        }
    }
}
