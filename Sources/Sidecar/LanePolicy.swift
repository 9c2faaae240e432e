internal import AllegroModels

/// Which nonce keys a payment may use, by the way in which it is to reach the chain.
///
/// Chains since fork T4 include no transaction with a sub-block key, so there only the payment lane
/// settles anything (docs/05-tempo-integration.md).
enum LanePolicy: String, Hashable, Sendable, CaseIterable {
    /// Only keys that begin with 0x5b.
    case subblock
    /// Only keys of the account's own choosing.
    case payment
    /// What the attached node's forks allow; without a node, both.
    case auto

    /// Why a native payment may not use `key`; nil when it may.
    func refusal(ofNativeKey key: NonceKey) -> String? {
        switch key.kind {
        case .protocol: "nonce key 0 cannot carry a native payment"
        case .expiring: "the expiring nonce key has no sequence to certify"
        case .subblock: self == .payment ? "sub-block nonce keys do not settle here" : nil
        case .user: self == .subblock ? "nonce key does not begin with 0x5b" : nil
        }
    }

    /// Why an Ethereum payment may not declare `key`; nil when it may.
    ///
    /// The declared key of an Ethereum payment names its place among certificates only; the chain
    /// sees the account nonce.
    func refusal(ofDeclaredKey key: NonceKey) -> String? {
        guard self == .subblock else { return nil }
        if case .subblock = key.kind { return nil }
        return "declared nonce key does not begin with 0x5b"
    }
}
