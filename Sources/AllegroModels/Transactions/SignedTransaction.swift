/// A transaction of any kind that the chain has, with its sender's signature.
///
/// Parsed, not verified: who sent it, `AllegroCrypto` recovers.
public enum SignedTransaction: Hashable, Sendable {
    case ethereum(EthereumTransaction, Secp256k1Signature)
    case tempo(TempoTransaction, TempoSignature)

    /// The longest encoding that a node takes, in bytes.
    public static let byteCountMax = 128 * 1024

    /// Decodes the bytes that `eth_sendRawTransaction` takes, strictly.
    ///
    /// A node also takes other forms of the same transaction and hashes the canonical one; here
    /// anything but the canonical form is refused, as is a legacy transaction without chain id.
    public init(decoding bytes: [UInt8]) throws(TransactionError) {
        guard let type = bytes.first else { throw .empty }
        guard bytes.count <= Self.byteCountMax else { throw .tooLong(bytesMax: Self.byteCountMax) }
        self = try Self.decode(type, bytes)
        guard encoded == bytes else { throw .notCanonical }
    }

    private static func decode(
        _ type: UInt8, _ bytes: [UInt8]
    ) throws(TransactionError) -> SignedTransaction {
        if type >= 0xc0 {
            return try decodeList(bytes, from: 0) { items throws(TransactionError) in
                let (transaction, signature) = try EthereumTransaction.decodeLegacy(&items)
                return .ethereum(transaction, signature)
            }
        }
        if type == TempoTransaction.typeByte {
            return try decodeList(bytes, from: 1) { items throws(TransactionError) in
                let (transaction, signature) = try TempoTransaction.decode(&items)
                return .tempo(transaction, signature)
            }
        }
        guard let type = EthereumTransaction.EnvelopeType(rawValue: type) else {
            throw .unknownType(type)
        }
        return try decodeList(bytes, from: 1) { items throws(TransactionError) in
            let (transaction, signature) = try EthereumTransaction.decode(type, &items)
            return .ethereum(transaction, signature)
        }
    }

    /// Decodes the one list that `bytes` holds from `start` to their end.
    private static func decodeList(
        _ bytes: [UInt8], from start: Int,
        _ body: (inout RLPReader) throws(TransactionError) -> SignedTransaction
    ) throws(TransactionError) -> SignedTransaction {
        var reader = RLPReader(bytes, from: start)
        var items = try reader.readList()
        guard reader.isAtEnd else { throw .bytesLeftOver }
        let transaction = try body(&items)
        try items.finish()
        return transaction
    }

    /// The canonical encoding, whose Keccak-256 is the transaction's hash on chain.
    public var encoded: [UInt8] {
        switch self {
        case .ethereum(let transaction, let signature): transaction.encoded(with: signature)
        case .tempo(let transaction, let signature): transaction.encoded(with: signature)
        }
    }

    /// What the sender signed the Keccak-256 of.
    public var signingPreimage: [UInt8] {
        switch self {
        case .ethereum(let transaction, _): transaction.signingPreimage
        case .tempo(let transaction, _): transaction.signingPreimage
        }
    }
}

// MARK: What every kind has

extension SignedTransaction {
    public var chainID: UInt64 {
        switch self {
        case .ethereum(let transaction, _): transaction.chainID
        case .tempo(let transaction, _): transaction.chainID
        }
    }

    /// The signed nonce; Ethereum's kinds follow the protocol nonce, key 0.
    public var nonce: Nonce2D {
        switch self {
        case .ethereum(let transaction, _):
            Nonce2D(key: .protocol, sequence: transaction.nonce)
        case .tempo(let transaction, _): transaction.nonce
        }
    }

    public var calls: [Call] {
        switch self {
        case .ethereum(let transaction, _): [transaction.call]
        case .tempo(let transaction, _): transaction.calls
        }
    }

    public var gasLimit: UInt64 {
        switch self {
        case .ethereum(let transaction, _): transaction.gasLimit
        case .tempo(let transaction, _): transaction.gasLimit
        }
    }

    /// In 10^-18 of a dollar per gas.
    public var maxFeePerGas: UInt128 {
        switch self {
        case .ethereum(let transaction, _): transaction.maxFeePerGas
        case .tempo(let transaction, _): transaction.fees.maxFeePerGas
        }
    }

    /// In 10^-18 of a dollar per gas; nil for the kinds that have one price.
    public var maxPriorityFeePerGas: UInt128? {
        switch self {
        case .ethereum(let transaction, _): transaction.maxPriorityFeePerGas
        case .tempo(let transaction, _): transaction.fees.maxPriorityFeePerGas
        }
    }

    public var accessList: [AccessListEntry] {
        switch self {
        case .ethereum(let transaction, _): transaction.accessList
        case .tempo(let transaction, _): transaction.accessList
        }
    }

    /// Whether it lets an account run another's code (EIP-7702 or its Tempo form).
    public var authorizesCode: Bool {
        switch self {
        case .ethereum(let transaction, _):
            switch transaction.kind {
            case .legacy, .eip2930, .eip1559: false
            // The kind exists for nothing else, and the chain refuses it with an empty list.
            case .eip7702: true
            }
        case .tempo(let transaction, _): !transaction.authorizations.isEmpty
        }
    }

    /// Whether somebody is named, by a signature or a request for one, to pay the sender's fee.
    public var isSponsored: Bool {
        switch self {
        case .ethereum: false
        case .tempo(let transaction, _): transaction.feePayer != .sender
        }
    }

    /// The first second, since 1970, in which it can no longer be included; nil for no end.
    public var validBefore: UInt64? {
        switch self {
        case .ethereum: nil
        case .tempo(let transaction, _): transaction.validBefore
        }
    }

    /// The first second, since 1970, in which it can be included; nil for at once.
    public var validAfter: UInt64? {
        switch self {
        case .ethereum: nil
        case .tempo(let transaction, _): transaction.validAfter
        }
    }

    /// The token that pays the fee; nil leaves it to the chain's order of preference.
    public var feeToken: Address? {
        switch self {
        case .ethereum: nil
        case .tempo(let transaction, _): transaction.feeToken
        }
    }

    /// What the replay id is the Keccak-256 of.
    ///
    /// By that id the chain tells the transactions of the expiring nonce key apart.
    public func replayPreimage(sender: Address) -> [UInt8] {
        signingPreimage + sender.bytes
    }
}
