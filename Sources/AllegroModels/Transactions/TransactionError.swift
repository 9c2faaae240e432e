/// Why bytes are not a transaction in its canonical form.
public enum TransactionError: Error, Hashable, Sendable {
    case empty
    /// Longer than a node takes.
    case tooLong(bytesMax: Int)
    /// The first byte names no kind of transaction that the chain has.
    case unknownType(UInt8)

    // RLP
    case truncated
    case itemMissing
    case itemsLeftOver
    case bytesLeftOver
    case listExpected
    case stringExpected
    case notShortestForm
    case leadingZero
    case integerTooWide(bytesMax: Int)
    case wrongLength(expected: Int)
    case parityOutOfRange
    case keyTypeUnknown

    // The rules of a kind
    case noCall
    case createNotAllowed
    case emptyValidityWindow
    /// A legacy transaction that is valid on every chain.
    case withoutChainID
    case chainIDTooLarge

    // Signatures
    case signatureMissing
    case signatureKindUnknown(UInt8)
    case signatureLength(bytes: Int)
    case recoveryIDOutOfRange(UInt8)
    case nestedKeychainSignature

    /// Another encoding of a transaction than the one that the chain hashes.
    case notCanonical
}

extension TransactionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "the transaction has no bytes"
        case .tooLong(let bytesMax): "the transaction is longer than \(bytesMax) bytes"
        case .unknownType(let type): "unknown transaction type 0x\(Hex.encode([type]))"
        case .truncated: "an item is longer than the bytes that are there"
        case .itemMissing: "a list has too few items"
        case .itemsLeftOver: "a list has too many items"
        case .bytesLeftOver: "bytes follow the transaction"
        case .listExpected: "a string stands where a list is due"
        case .stringExpected: "a list stands where a string is due"
        case .notShortestForm: "an item is not in its shortest form"
        case .leadingZero: "an integer or a length has a leading zero"
        case .integerTooWide(let bytesMax): "an integer is wider than \(bytesMax) bytes"
        case .wrongLength(let expected): "a string does not have its \(expected) bytes"
        case .parityOutOfRange: "a parity or flag is neither 0 nor 1"
        case .keyTypeUnknown: "the key authorization names an unknown kind of key"
        case .noCall: "the transaction has no call"
        case .createNotAllowed: "a contract creation stands where none may"
        case .emptyValidityWindow: "valid_before is not after valid_after"
        case .withoutChainID: "a legacy transaction without chain id is valid on every chain"
        case .chainIDTooLarge: "the chain id needs more than 64 bits"
        case .signatureMissing: "the signature is empty"
        case .signatureKindUnknown(let type): "unknown signature type 0x\(Hex.encode([type]))"
        case .signatureLength(let bytes): "the signature cannot have \(bytes) bytes"
        case .recoveryIDOutOfRange(let v): "the signature's v cannot be \(v)"
        case .nestedKeychainSignature: "a keychain signature holds another"
        case .notCanonical: "the bytes are not the transaction's canonical encoding"
        }
    }
}
