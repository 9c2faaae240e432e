/// Reads the items of one list of the chain's RLP encoding, strictly (docs: tempo, RLP strictness).
///
/// Every item has exactly one accepted form: shortest lengths, integers without leading zeros, fixed
/// sizes kept, and lists that end where their last item ends. The reader descends only where the
/// grammar above it asks for a list, so that nested input costs nothing, and a declared length is
/// compared with what is there before anything is done with it.
package struct RLPReader {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    /// Reads items that follow one another in `bytes`, from `position` on.
    package init(_ bytes: [UInt8], from position: Int = 0) {
        self.bytes = bytes
        self.position = min(position, bytes.count)
        end = bytes.count
    }

    private init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// Whether every item was read.
    package var isAtEnd: Bool { position == end }

    /// Whether the next item is a list; false at the end.
    package var nextIsList: Bool { position < end && bytes[position] >= Prefix.shortList }

    /// Reads a list and gives a reader of its items.
    package mutating func readList() throws(TransactionError) -> RLPReader {
        let item = try readItem()
        guard item.isList else { throw .listExpected }
        return RLPReader(bytes, item.payload)
    }

    /// Reads a list of which every item is read by `element`.
    package mutating func readList<Element>(
        of element: (inout RLPReader) throws(TransactionError) -> Element
    ) throws(TransactionError) -> [Element] {
        var items = try readList()
        var elements: [Element] = []
        while !items.isAtEnd {
            elements.append(try element(&items))
        }
        return elements
    }

    /// Reads a byte string of any length.
    package mutating func readString() throws(TransactionError) -> ArraySlice<UInt8> {
        let item = try readItem()
        guard !item.isList else { throw .stringExpected }
        return bytes[item.payload]
    }

    /// Reads an unsigned integer of at most `type`'s width.
    package mutating func readInteger<Integer: FixedWidthInteger & UnsignedInteger>(
        _ type: Integer.Type
    ) throws(TransactionError) -> Integer {
        let digits = try readDigits(bytesMax: Integer.bitWidth / 8)
        return digits.reduce(0) { $0 << 8 | Integer($1) }
    }

    /// Reads an unsigned integer of at most 256 bits as 32 bytes.
    package mutating func readWord() throws(TransactionError) -> Bytes32 {
        let digits = try readDigits(bytesMax: Bytes32.byteCount)
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        for digit in digits {
            words.0 = words.0 << 8 | words.1 >> 56
            words.1 = words.1 << 8 | words.2 >> 56
            words.2 = words.2 << 8 | words.3 >> 56
            words.3 = words.3 << 8 | UInt64(digit)
        }
        return Bytes32(words: words)
    }

    /// Reads a truth value: the integer 0 or 1.
    package mutating func readBool() throws(TransactionError) -> Bool {
        switch try readInteger(UInt8.self) {
        case 0: false
        case 1: true
        default: throw .parityOutOfRange
        }
    }

    /// Reads a byte string that has exactly the type's length.
    package mutating func readFixed<Value: FixedBytes>(
        _ type: Value.Type
    ) throws(TransactionError) -> Value {
        guard let value = Value(bytes: try readString()) else {
            throw .wrongLength(expected: Value.byteCount)
        }
        return value
    }

    /// Reads a byte string that has the type's length or is empty, which stands for none.
    package mutating func readOptionalFixed<Value: FixedBytes>(
        _ type: Value.Type
    ) throws(TransactionError) -> Value? {
        let string = try readString()
        guard !string.isEmpty else { return nil }
        guard let value = Value(bytes: string) else {
            throw .wrongLength(expected: Value.byteCount)
        }
        return value
    }

    /// Takes the empty string if it is next.
    package mutating func skipEmptyString() -> Bool {
        guard position < end, bytes[position] == Prefix.shortString else { return false }
        position += 1
        return true
    }

    /// Checks that the list holds no more items.
    package func finish() throws(TransactionError) {
        guard isAtEnd else { throw .itemsLeftOver }
    }

    // MARK: Items

    /// The first values of the ranges of an item's first byte.
    private enum Prefix {
        static let shortString: UInt8 = 0x80
        static let longString: UInt8 = 0xb8
        static let shortList: UInt8 = 0xc0
        static let longList: UInt8 = 0xf8
        /// The greatest length that the prefix holds itself.
        static let shortLengthMax: UInt64 = 55
    }

    private struct Item {
        var isList: Bool
        var payload: Range<Int>
    }

    private mutating func readItem() throws(TransactionError) -> Item {
        guard position < end else { throw .itemMissing }
        let prefix = bytes[position]
        guard prefix >= Prefix.shortString else {
            defer { position += 1 }
            return Item(isList: false, payload: position..<(position + 1))
        }
        position += 1
        if prefix >= Prefix.longList {
            let length = try readLength(ofLength: Int(prefix - Prefix.longList) + 1)
            return Item(isList: true, payload: try take(length))
        }
        if prefix >= Prefix.shortList {
            return Item(isList: true, payload: try take(UInt64(prefix - Prefix.shortList)))
        }
        if prefix >= Prefix.longString {
            let length = try readLength(ofLength: Int(prefix - Prefix.longString) + 1)
            return Item(isList: false, payload: try take(length))
        }
        let payload = try take(UInt64(prefix - Prefix.shortString))
        // A single byte below 0x80 stands for itself.
        if payload.count == 1, bytes[payload.lowerBound] < Prefix.shortString {
            throw .notShortestForm
        }
        return Item(isList: false, payload: payload)
    }

    /// Reads a length that follows its prefix in `count` bytes, 1 to 8.
    private mutating func readLength(ofLength count: Int) throws(TransactionError) -> UInt64 {
        let digits = bytes[try take(UInt64(count))]
        guard digits.first != 0 else { throw .leadingZero }
        let length = digits.reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        guard length > Prefix.shortLengthMax else { throw .notShortestForm }
        return length
    }

    private mutating func take(_ count: UInt64) throws(TransactionError) -> Range<Int> {
        guard count <= UInt64(end - position) else { throw .truncated }
        let start = position
        position += Int(count)
        return start..<position
    }

    private mutating func readDigits(
        bytesMax: Int
    ) throws(TransactionError) -> ArraySlice<UInt8> {
        let digits = try readString()
        guard digits.count <= bytesMax else { throw .integerTooWide(bytesMax: bytesMax) }
        guard digits.first != 0 else { throw .leadingZero }
        return digits
    }
}
