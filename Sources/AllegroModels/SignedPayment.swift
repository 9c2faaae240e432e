/// What the signed bytes of a payment say (rule S3).
///
/// Everything that is certified about a payment comes from here, not from the request around it.
public struct SignedPayment: Hashable, Sendable {
    public let format: TempoTxFormat
    public let chainID: UInt64
    public let sender: Address
    public let recipient: Address
    public let asset: Address
    /// In the token's smallest unit; never 0.
    public let amount: UInt64
    public let memo: Bytes32?
    /// The signed nonce: key 0 and the account nonce for Ethereum's kinds.
    public let nonce: Nonce2D
    /// With the sender, the payment's identity in any envelope.
    public let signingHash: SigningHash
    /// The first second, since 1970, in which it can be included; nil for at once.
    public let validAfter: UInt64?
    /// The first second, since 1970, in which it can no longer be included; nil for no end.
    public let validBefore: UInt64?
    public let fee: FeeOffer
    /// The key that signed for the sender; nil when it was the sender's own.
    ///
    /// Only a node can vouch for it, so it is never set where none is attached.
    public let accessKey: AccessKey?

    public init(
        format: TempoTxFormat, chainID: UInt64, sender: Address, payment: TokenPayment,
        nonce: Nonce2D, signingHash: SigningHash,
        validAfter: UInt64? = nil, validBefore: UInt64? = nil, fee: FeeOffer,
        accessKey: AccessKey? = nil
    ) {
        self.format = format
        self.chainID = chainID
        self.sender = sender
        recipient = payment.recipient
        asset = payment.asset
        amount = payment.amount
        memo = payment.memo
        self.nonce = nonce
        self.signingHash = signingHash
        self.validAfter = validAfter
        self.validBefore = validBefore
        self.fee = fee
        self.accessKey = accessKey
    }

    /// What a request that names an intent must name.
    public var intent: PaymentIntent {
        PaymentIntent(sender: sender, recipient: recipient, amount: amount, asset: asset)
    }

    /// The payment's effects under the nonce that a request declares.
    public func effects(under nonce: Nonce2D) -> Effects {
        Effects(
            sender: sender, recipient: recipient, amount: amount, asset: asset, nonce: nonce)
    }
}

/// A key that acts for an account by the account's permission.
public struct AccessKey: Hashable, Sendable {
    /// The key's address.
    public var id: Address
    public var kind: AccountKeyKind

    public init(id: Address, kind: AccountKeyKind) {
        self.id = id
        self.kind = kind
    }
}

/// What a transaction offers for its inclusion, and who pays.
public struct FeeOffer: Hashable, Sendable {
    public var payer: Address
    /// Nil leaves it to the chain's order of preference.
    public var token: Address?
    public var gasLimit: UInt64
    /// In 10^-18 of a dollar per gas.
    public var maxFeePerGas: UInt128

    public init(payer: Address, token: Address?, gasLimit: UInt64, maxFeePerGas: UInt128) {
        self.payer = payer
        self.token = token
        self.gasLimit = gasLimit
        self.maxFeePerGas = maxFeePerGas
    }

    /// The most that the chain can charge, in millionths of a dollar, rounded up.
    ///
    /// Nil when that needs more than 128 bits, which no balance has.
    public var maxTokenUnits: UInt128? {
        let divisor: UInt128 = 1_000_000_000_000
        let product = maxFeePerGas.multipliedFullWidth(by: UInt128(gasLimit))
        guard product.high < divisor else { return nil }
        let (quotient, remainder) = divisor.dividingFullWidth(product)
        let (rounded, overflow) = quotient.addingReportingOverflow(remainder == 0 ? 0 : 1)
        return overflow ? nil : rounded
    }
}
