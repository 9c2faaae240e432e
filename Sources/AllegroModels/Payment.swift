/// How the signed bytes of a payment are encoded.
public enum TempoTxFormat: Hashable, Sendable {
    /// A signed legacy, EIP-2930 or EIP-1559 transaction.
    case evmOpaqueBytesV1
    /// A signed Tempo transaction, type 0x76.
    case tempoNativeV1
}

/// What a client says that its payment does; believed only as far as the signed bytes say the same.
public struct PaymentIntent: Hashable, Sendable {
    public var sender: Address
    public var recipient: Address
    /// In the token's smallest unit (TIP-20: a millionth).
    public var amount: UInt64
    public var asset: Address

    public init(sender: Address, recipient: Address, amount: UInt64, asset: Address) {
        self.sender = sender
        self.recipient = recipient
        self.amount = amount
        self.asset = asset
    }
}

/// When a payment may no longer be certified.
public enum Expiry: Hashable, Sendable {
    /// Expired once the head block's height has reached this value.
    case maxBlockHeight(UInt64)
    /// Expired once the time has reached this value, in milliseconds since 1970.
    case unixMillis(UInt64)
}

/// A payment as it is submitted: signed bytes and the envelope around them.
///
/// Nothing here is checked yet, except that every field has its type's size.
public struct FastPayTransaction: Hashable, Sendable {
    public var chainID: UInt64
    /// The signed transaction, as it would be given to a node.
    public var tempoTx: [UInt8]
    public var format: TempoTxFormat
    public var intent: PaymentIntent?
    /// The intent again, where older clients put it.
    public var overlayPayment: PaymentIntent?
    /// The declared nonce.
    public var nonce: Nonce2D
    public var expiry: Expiry
    public var parentQCHash: QCHash?
    /// The client's own name for the request; empty for none.
    public var clientRequestID: String

    public init(
        chainID: UInt64, tempoTx: [UInt8], format: TempoTxFormat, intent: PaymentIntent? = nil,
        overlayPayment: PaymentIntent? = nil, nonce: Nonce2D, expiry: Expiry,
        parentQCHash: QCHash? = nil, clientRequestID: String = ""
    ) {
        self.chainID = chainID
        self.tempoTx = tempoTx
        self.format = format
        self.intent = intent
        self.overlayPayment = overlayPayment
        self.nonce = nonce
        self.expiry = expiry
        self.parentQCHash = parentQCHash
        self.clientRequestID = clientRequestID
    }
}

/// What a payment does to balances, under the nonce that it declares.
public struct Effects: Hashable, Sendable {
    public var sender: Address
    public var recipient: Address
    /// In the token's smallest unit.
    public var amount: UInt64
    public var asset: Address
    public var nonce: Nonce2D

    public init(
        sender: Address, recipient: Address, amount: UInt64, asset: Address, nonce: Nonce2D
    ) {
        self.sender = sender
        self.recipient = recipient
        self.amount = amount
        self.asset = asset
        self.nonce = nonce
    }
}
