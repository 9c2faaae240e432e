/// The kinds of keys that can act for an account.
public enum AccountKeyKind: UInt8, Hashable, Sendable {
    case secp256k1 = 0
    case p256 = 1
    case webAuthn = 2
}

/// A root key's permission for another key to act for its account, with its limits.
///
/// No payment may carry one, so this type exists to read such a transaction whole and to say so.
public struct KeyAuthorization: Hashable, Sendable {
    /// How much of one token the key may spend.
    public struct TokenLimit: Hashable, Sendable {
        public var token: Address
        /// In the token's smallest unit.
        public var limit: Word256
        /// After how many seconds the limit begins anew; nil for never.
        public var periodSeconds: UInt64?
    }

    /// A function of a target, and whom it may name.
    public struct SelectorRule: Hashable, Sendable {
        /// Four bytes.
        public var selector: [UInt8]
        public var recipients: [Address]
    }

    /// What the key may call at one address.
    public struct CallScope: Hashable, Sendable {
        public var target: Address
        public var selectors: [SelectorRule]
    }

    public var chainID: UInt64
    public var keyKind: AccountKeyKind
    /// The key's address.
    public var keyID: Address
    /// In seconds since 1970; nil for never.
    public var expiry: UInt64?
    /// Nil for no limit; empty for no spending.
    public var limits: [TokenLimit]?
    /// Nil for any call.
    public var allowedCalls: [CallScope]?
    public var witness: Bytes32?
    public var isAdmin: Bool
    public var account: Address?
    /// By the account's root key.
    public var signature: PrimitiveSignature
}

extension KeyAuthorization {
    /// Reads the list [fields, signature]; fields at the end may be left out.
    init(rlp list: inout RLPReader) throws(TransactionError) {
        var items = try list.readList()
        var fields = try items.readList()
        chainID = try fields.readInteger(UInt64.self)
        guard let keyKind = AccountKeyKind(rawValue: try fields.readInteger(UInt8.self)) else {
            throw .keyTypeUnknown
        }
        self.keyKind = keyKind
        keyID = try fields.readFixed(Address.self)
        let expiry = fields.isAtEnd ? 0 : try fields.readInteger(UInt64.self)
        self.expiry = expiry == 0 ? nil : expiry
        limits = try Self.readOptionalList(&fields, of: TokenLimit.init(rlp:))
        allowedCalls = try Self.readOptionalList(&fields, of: CallScope.init(rlp:))
        witness = fields.isAtEnd ? nil : try fields.readOptionalFixed(Bytes32.self)
        isAdmin = fields.isAtEnd ? false : try fields.readBool()
        account = fields.isAtEnd ? nil : try fields.readOptionalFixed(Address.self)
        try fields.finish()
        signature = try PrimitiveSignature(bytes: try items.readString())
        try items.finish()
    }

    private static func readOptionalList<Element>(
        _ fields: inout RLPReader,
        of element: (inout RLPReader) throws(TransactionError) -> Element
    ) throws(TransactionError) -> [Element]? {
        if fields.isAtEnd || fields.skipEmptyString() { return nil }
        return try fields.readList(of: element)
    }

    func appendRLP(to output: inout [UInt8]) {
        output.appendRLPList { output in
            output.appendRLPList { appendFields(to: &$0) }
            output.append(rlp: signature.bytes)
        }
    }

    /// Writes the fields up to the last that is there; an absent one before it is the empty string.
    private func appendFields(to output: inout [UInt8]) {
        output.append(rlpInteger: chainID)
        output.append(rlpInteger: keyKind.rawValue)
        output.append(rlp: keyID)
        let isPresent = [
            expiry != nil, limits != nil, allowedCalls != nil, witness != nil, isAdmin,
            account != nil,
        ]
        let count = isPresent.lastIndex(of: true).map { $0 + 1 } ?? 0
        if count > 0 { output.append(rlpInteger: expiry ?? 0) }
        if count > 1 {
            Self.append(limits, to: &output) { $1.appendRLP(to: &$0) }
        }
        if count > 2 {
            Self.append(allowedCalls, to: &output) { $1.appendRLP(to: &$0) }
        }
        if count > 3 { output.append(rlp: witness) }
        if count > 4 { output.append(rlpInteger: UInt8(isAdmin ? 1 : 0)) }
        if count > 5 { output.append(rlp: account) }
    }

    private static func append<Element>(
        _ list: [Element]?, to output: inout [UInt8], _ body: (inout [UInt8], Element) -> Void
    ) {
        if let list {
            output.appendRLPList(list, body)
        } else {
            output.append(0x80)
        }
    }
}

extension KeyAuthorization.TokenLimit {
    fileprivate init(rlp list: inout RLPReader) throws(TransactionError) {
        var items = try list.readList()
        token = try items.readFixed(Address.self)
        limit = Word256(try items.readWord())
        let period = items.isAtEnd ? 0 : try items.readInteger(UInt64.self)
        periodSeconds = period == 0 ? nil : period
        try items.finish()
    }

    fileprivate func appendRLP(to output: inout [UInt8]) {
        output.appendRLPList { output in
            output.append(rlp: token)
            output.append(rlpWord: limit.value)
            if let periodSeconds {
                output.append(rlpInteger: periodSeconds)
            }
        }
    }
}

extension KeyAuthorization.CallScope {
    fileprivate init(rlp list: inout RLPReader) throws(TransactionError) {
        var items = try list.readList()
        target = try items.readFixed(Address.self)
        selectors = try items.readList(of: KeyAuthorization.SelectorRule.init(rlp:))
        try items.finish()
    }

    fileprivate func appendRLP(to output: inout [UInt8]) {
        output.appendRLPList { output in
            output.append(rlp: target)
            output.appendRLPList(selectors) { $1.appendRLP(to: &$0) }
        }
    }
}

extension KeyAuthorization.SelectorRule {
    private static let selectorByteCount = 4

    fileprivate init(rlp list: inout RLPReader) throws(TransactionError) {
        var items = try list.readList()
        selector = Array(try items.readString())
        guard selector.count == Self.selectorByteCount else {
            throw .wrongLength(expected: Self.selectorByteCount)
        }
        recipients = try items.readList { list throws(TransactionError) in
            try list.readFixed(Address.self)
        }
        try items.finish()
    }

    fileprivate func appendRLP(to output: inout [UInt8]) {
        output.appendRLPList { output in
            output.append(rlp: selector)
            output.appendRLPList(recipients) { $0.append(rlp: $1) }
        }
    }
}
