/// Why a transaction, well-formed or not as the chain sees it, is no payment that may be certified.
public enum NotAPayment: Error, Hashable, Sendable {
    // Its shape
    case calls(count: Int)
    case createsContract
    case valueNotZero
    case accessListNotEmpty
    case authorizesCode
    case authorizesKey

    // Its call
    case notAToken(Address)
    case notATransfer
    case calldataLength
    case addressWordNotClean
    case amountIsZero
    case amountTooLarge

    // Its recipient
    case recipientIsZero
    case recipientIsToken
    case recipientIsGuard
    case recipientIsSender
    /// Only a node can say whom the chain would credit.
    case recipientIsVirtual

    // Its keys
    case keychainV1
    /// Only a node can say whether the key may act for the account.
    case keychainV2

    // What the chain refuses
    case priorityFeeAboveMaxFee
    case expiringNonceNotZero
    case expiringWithoutEnd
    case sponsorIsSender
}

extension NotAPayment: CustomStringConvertible {
    public var description: String {
        switch self {
        case .calls(let count): "a payment is one call, not \(count)"
        case .createsContract: "the transaction creates a contract"
        case .valueNotZero: "the call carries a value"
        case .accessListNotEmpty: "the transaction has an access list"
        case .authorizesCode: "the transaction has an authorization list"
        case .authorizesKey: "the transaction authorizes a key"
        case .notAToken(let address): "0x\(address) is not a token's address"
        case .notATransfer: "the call is neither transfer nor transferWithMemo"
        case .calldataLength: "the calldata does not have exactly the call's length"
        case .addressWordNotClean: "the recipient's word holds more than an address"
        case .amountIsZero: "the amount is zero"
        case .amountTooLarge: "the amount needs more than 64 bits"
        case .recipientIsZero: "the recipient is the zero address"
        case .recipientIsToken: "the recipient is a token's address"
        case .recipientIsGuard: "the recipient is the receive policy guard"
        case .recipientIsSender: "the recipient is the sender"
        case .recipientIsVirtual: "the recipient is virtual, which only a node can resolve"
        case .keychainV1: "keychain signatures of version 1 are void"
        case .keychainV2: "the signature is an access key's, for which only a node can vouch"
        case .priorityFeeAboveMaxFee: "the priority fee is above the maximum fee"
        case .expiringNonceNotZero: "the expiring nonce key needs the nonce 0"
        case .expiringWithoutEnd: "the expiring nonce key needs valid_before"
        case .sponsorIsSender: "the fee payer is the sender"
        }
    }
}
