// What one validator says of an account and of its payments.

/// How far a payment has come.
public enum PaymentStage: Hashable, Sendable, CaseIterable {
    /// It passed every check of one validator.
    case accepted
    /// A certificate for it is there: a validator's, or a quorum's.
    case certified
    case queuedOnchain
    case included
    case finalized
}

/// What an account has of one token, in the token's smallest unit.
public struct AccountBalance: Hashable, Sendable {
    public var asset: Address
    /// What the chain says.
    public var base: UInt128
    /// What confirmed and unsettled payments brought in.
    public var credits: UInt128
    /// What signed or confirmed and unsettled payments took out.
    public var debits: UInt128
    /// What the account's next payment could take at this validator.
    public var available: UInt128

    public init(
        asset: Address, base: UInt128, credits: UInt128, debits: UInt128, available: UInt128
    ) {
        self.asset = asset
        self.base = base
        self.credits = credits
        self.debits = debits
        self.available = available
    }
}

/// How far an account has come under one nonce key.
public struct NonceProgress: Hashable, Sendable {
    public var key: NonceKey
    /// The next sequence that this validator would sign.
    public var next: UInt64
    /// The first sequence without a quorum certificate here.
    public var confirmed: UInt64

    public init(key: NonceKey, next: UInt64, confirmed: UInt64) {
        self.key = key
        self.next = next
        self.confirmed = confirmed
    }
}

/// A payment that the chain has not settled.
public struct UnsettledPayment: Hashable, Sendable {
    /// The envelope that the first quorum certificate names; before one is known, the first signed.
    public var txHash: TxHash
    public var effects: Effects
    public var stage: PaymentStage
    /// The first quorum certificate that the validator learned; nil before one is known.
    public var qcHash: QCHash?
    /// When the validator signed it first, in milliseconds since 1970; 0 if it did not.
    public var createdUnixMillis: UInt64

    public init(
        txHash: TxHash, effects: Effects, stage: PaymentStage, qcHash: QCHash?,
        createdUnixMillis: UInt64
    ) {
        self.txHash = txHash
        self.effects = effects
        self.stage = stage
        self.qcHash = qcHash
        self.createdUnixMillis = createdUnixMillis
    }
}

/// What a validator holds of a payment that a quorum certified.
public struct ConfirmedPayment: Hashable, Sendable {
    /// The envelope that the first quorum certificate names.
    public var txHash: TxHash
    public var effects: Effects
    /// The first quorum certificate that the validator learned; nil where the place is settled already.
    public var qcHash: QCHash?
    public var stage: PaymentStage
    /// The next sequence that the validator would sign under the payment's key.
    public var nextSequence: UInt64

    public init(
        txHash: TxHash, effects: Effects, qcHash: QCHash?, stage: PaymentStage,
        nextSequence: UInt64
    ) {
        self.txHash = txHash
        self.effects = effects
        self.qcHash = qcHash
        self.stage = stage
        self.nextSequence = nextSequence
    }
}

/// One page of what a validator says of an account.
public struct AccountPage: Hashable, Sendable {
    /// In order of their assets.
    public var balances: [AccountBalance]
    /// In order of their keys.
    public var nonces: [NonceProgress]
    /// What the account sends, in order of nonce key and sequence.
    public var payments: [UnsettledPayment]
    /// Where the next page begins; empty after the last.
    public var nextCursor: String

    public init(
        balances: [AccountBalance], nonces: [NonceProgress], payments: [UnsettledPayment],
        nextCursor: String
    ) {
        self.balances = balances
        self.nonces = nonces
        self.payments = payments
        self.nextCursor = nextCursor
    }
}

/// How far each of an account's three lists was read: the last of each that was seen, nil for none.
package struct AccountPosition: Hashable, Sendable {
    package var asset: Address?
    package var key: NonceKey?
    package var payment: Nonce2D?

    package init(asset: Address? = nil, key: NonceKey? = nil, payment: Nonce2D? = nil) {
        self.asset = asset
        self.key = key
        self.payment = payment
    }
}
