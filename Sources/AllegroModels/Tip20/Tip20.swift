/// The chain's token standard, as far as payments need it (docs: tempo, TIP-20).
public enum Tip20 {
    /// What every token's address begins with; the other 8 bytes tell the tokens apart.
    public static let addressPrefix: [UInt8] =
        [0x20, 0xc0] + [UInt8](repeating: 0, count: 10)

    /// Calldata that transfers `amount` of the called token's smallest unit to `to`.
    public static func transfer(to: Address, amount: UInt64) -> [UInt8] {
        TokenCall.transfer(to: to, amount: Word256(amount), memo: nil).calldata
    }

    /// Calldata that transfers and leaves `memo` in the token's log.
    public static func transferWithMemo(to: Address, amount: UInt64, memo: Bytes32) -> [UInt8] {
        TokenCall.transfer(to: to, amount: Word256(amount), memo: memo).calldata
    }
}

extension Address {
    /// Where transfers end up that a recipient's receive policy blocks.
    public static let receivePolicyGuard = Address(
        words: (0xb10c_0000_0000_0000, 0, 0))

    /// Whether this is where a token would be; that one is there only the chain knows.
    public var hasTip20Prefix: Bool {
        words.0 == 0x20c0_0000_0000_0000 && words.1 >> 32 == 0
    }

    /// Whether the chain credits another account, the master, for what is sent here (TIP-1022).
    public var isVirtual: Bool {
        // Bytes 4 to 13 are 0xfd; the master's id is before them, the user's tag behind.
        words.0 & 0xffff_ffff == 0xfdfd_fdfd && words.1 >> 16 == 0xfdfd_fdfd_fdfd
    }
}

/// The calls of a token by which its holder pays.
public enum TokenCall: Hashable, Sendable {
    /// With a memo, `transferWithMemo`.
    case transfer(to: Address, amount: Word256, memo: Bytes32?)

    private static let transferSelector: [UInt8] = [0xa9, 0x05, 0x9c, 0xbb]
    private static let transferWithMemoSelector: [UInt8] = [0x95, 0x77, 0x7d, 0x59]
    private static let selectorByteCount = 4
    private static let wordByteCount = 32

    /// Parses calldata of exactly the call's length.
    ///
    /// The token itself ignores bytes that follow, and what stands before an address in its word;
    /// here neither is a transfer.
    public init(calldata: [UInt8]) throws(NotAPayment) {
        let hasMemo = calldata.starts(with: Self.transferWithMemoSelector)
        guard hasMemo || calldata.starts(with: Self.transferSelector) else {
            throw .notATransfer
        }
        let arguments = calldata.dropFirst(Self.selectorByteCount)
        let wordCount = hasMemo ? 3 : 2
        guard arguments.count == wordCount * Self.wordByteCount else { throw .calldataLength }
        let words = (0..<wordCount).compactMap { index in
            Bytes32(
                bytes: arguments.dropFirst(index * Self.wordByteCount).prefix(Self.wordByteCount))
        }
        guard words.count == wordCount else { throw .calldataLength }
        guard let to = Address(cleanWord: words[0]) else { throw .addressWordNotClean }
        self = .transfer(to: to, amount: Word256(words[1]), memo: hasMemo ? words[2] : nil)
    }

    /// The call's bytes: 68, or 100 with a memo.
    public var calldata: [UInt8] {
        switch self {
        case .transfer(let to, let amount, let memo):
            var output = memo == nil ? Self.transferSelector : Self.transferWithMemoSelector
            output.reserveCapacity(100)
            output.append(contentsOf: repeatElement(0, count: 12))
            to.append(to: &output)
            amount.append(to: &output)
            memo?.append(to: &output)
            return output
        }
    }
}
