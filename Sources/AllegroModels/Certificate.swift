/// A validator as it introduces itself and as a committee lists it.
public struct ValidatorIdentity: Hashable, Sendable {
    public var id: ValidatorID
    public var publicKey: ValidatorPublicKey
    /// For people; decides nothing.
    public var name: String

    public init(id: ValidatorID, publicKey: ValidatorPublicKey, name: String = "") {
        self.id = id
        self.publicKey = publicKey
        self.name = name
    }
}

/// A validator as a message names it; only the id counts, key and name are what its bearer says.
public struct ValidatorReference: Hashable, Sendable {
    public var id: ValidatorID
    /// The key that the bearer says it is; nil when left out.
    public var publicKey: ValidatorPublicKey?
    /// For people; decides nothing.
    public var name: String

    public init(id: ValidatorID, publicKey: ValidatorPublicKey? = nil, name: String = "") {
        self.id = id
        self.publicKey = publicKey
        self.name = name
    }

    /// Names a validator whose key is known.
    public init(_ identity: ValidatorIdentity) {
        self.init(id: identity.id, publicKey: identity.publicKey, name: identity.name)
    }
}

/// One validator's signature over a payment and its effects.
///
/// Parsed, not verified: only the signature, the signer's id and the committee say whether it holds.
public struct Certificate: Hashable, Sendable {
    public var signer: ValidatorReference
    public var txHash: TxHash
    public var effectsHash: EffectsHash
    public var effects: Effects
    public var signature: Ed25519Signature
    /// When it was made, in milliseconds since 1970; not signed, so nothing is decided by it.
    public var createdUnixMillis: UInt64
    /// The committee's epoch; 0 stands for the current one.
    public var epoch: UInt64

    public init(
        signer: ValidatorReference, txHash: TxHash, effectsHash: EffectsHash, effects: Effects,
        signature: Ed25519Signature, createdUnixMillis: UInt64, epoch: UInt64
    ) {
        self.signer = signer
        self.txHash = txHash
        self.effectsHash = effectsHash
        self.effects = effects
        self.signature = signature
        self.createdUnixMillis = createdUnixMillis
        self.epoch = epoch
    }
}

/// Certificates that are said to be a quorum's for one payment.
///
/// Parsed, not verified: see `AllegroCrypto` for the check of rule S5.
public struct QuorumCertificate: Hashable, Sendable {
    public var txHash: TxHash
    public var effectsHash: EffectsHash
    public var certificates: [Certificate]
    /// What the maker wrote; enters the hash and decides nothing.
    public var threshold: UInt32
    /// The hash that the maker wrote; nil when left out.
    public var claimedHash: QCHash?

    public init(
        txHash: TxHash, effectsHash: EffectsHash, certificates: [Certificate], threshold: UInt32,
        claimedHash: QCHash? = nil
    ) {
        self.txHash = txHash
        self.effectsHash = effectsHash
        self.certificates = certificates
        self.threshold = threshold
        self.claimedHash = claimedHash
    }
}
