import Testing

@testable import AllegroModels

/// The one accepted form of every item.
struct RLPTests {
    @Test(arguments: [0, 1, 0x7f, 0x80, 0xff, 0x100, 1 << 32, UInt64.max])
    func anIntegerReadsBackAsWritten(value: UInt64) throws {
        var bytes: [UInt8] = []
        bytes.append(rlpInteger: value)
        var reader = RLPReader(bytes)
        #expect(try reader.readInteger(UInt64.self) == value)
        #expect(reader.isAtEnd)
        var wordReader = RLPReader(bytes)
        #expect(try wordReader.readWord() == Word256(value).value)
    }

    @Test func the256BitsOfAWordReadBackAsWritten() throws {
        let words = [
            Bytes32(repeating: 0xff), Bytes32(words: (0, 1, 0, 0)), Bytes32(words: (1, 0, 0, 0)),
            Bytes32(words: (0x0102_0304_0506_0708, 9, 10, 11)),
        ]
        for word in words {
            var bytes: [UInt8] = []
            bytes.append(rlpWord: word)
            var reader = RLPReader(bytes)
            #expect(try reader.readWord() == word)
        }
    }

    @Test(arguments: [0, 1, 54, 55, 56, 57, 255, 256, 65_535, 65_536])
    func aStringReadsBackAsWrittenAtEveryLengthOfLength(count: Int) throws {
        for byte in [0x00, 0x7f, 0x80] as [UInt8] {
            let string = [UInt8](repeating: byte, count: count)
            var bytes: [UInt8] = []
            bytes.appendRLPList { $0.append(rlp: string) }
            var reader = RLPReader(bytes)
            var items = try reader.readList()
            #expect(reader.isAtEnd)
            #expect(try items.readString().elementsEqual(string))
            #expect(items.isAtEnd)
        }
    }

    @Test(
        arguments: [
            ([0x00], .leadingZero),
            ([0x81, 0x00], .notShortestForm),
            ([0x81, 0x7f], .notShortestForm),
            ([0x82, 0x00, 0x01], .leadingZero),
            ([0x89, 1, 2, 3, 4, 5, 6, 7, 8, 9], .integerTooWide(bytesMax: 8)),
            ([0xb8, 0x01, 0x80], .notShortestForm),
            ([0xb8, 0x37] + [UInt8](repeating: 1, count: 55), .notShortestForm),
            ([0xb9, 0x00, 0x38] + [UInt8](repeating: 1, count: 56), .leadingZero),
            ([0xc0], .stringExpected),
            ([0x82, 0x01], .truncated),
            ([0xb8], .truncated),
            ([0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], .truncated),
            ([0xbf, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], .truncated),
            ([], .itemMissing),
        ] as [([UInt8], TransactionError)])
    func aMalformedIntegerIsRefused(bytes: [UInt8], error: TransactionError) {
        #expect(throws: error) {
            var reader = RLPReader(bytes)
            _ = try reader.readInteger(UInt64.self)
        }
    }

    @Test(
        arguments: [
            ([0x80], .listExpected),
            ([0xc1], .truncated),
            ([0xf8, 0x37] + [UInt8](repeating: 0x80, count: 55), .notShortestForm),
            ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], .truncated),
            ([0xff, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], .leadingZero),
        ] as [([UInt8], TransactionError)])
    func aMalformedListIsRefused(bytes: [UInt8], error: TransactionError) {
        #expect(throws: error) {
            var reader = RLPReader(bytes)
            _ = try reader.readList()
        }
    }

    @Test func aListKeepsItsReaderInside() throws {
        // [[1], 2]: the inner list's reader does not see the 2.
        var reader = RLPReader([0xc3, 0xc1, 0x01, 0x02])
        var outer = try reader.readList()
        var inner = try outer.readList()
        #expect(throws: TransactionError.itemsLeftOver) { try inner.finish() }
        #expect(try inner.readInteger(UInt8.self) == 1)
        try inner.finish()
        #expect(throws: TransactionError.itemMissing) { try inner.readInteger(UInt8.self) }
        #expect(try outer.readInteger(UInt8.self) == 2)
        try outer.finish()
    }

    @Test func aStringOfAnotherLengthIsNoAddress() throws {
        for count in [19, 21] {
            var bytes: [UInt8] = []
            bytes.append(rlp: [UInt8](repeating: 1, count: count))
            #expect(throws: TransactionError.wrongLength(expected: 20)) {
                var reader = RLPReader(bytes)
                _ = try reader.readFixed(Address.self)
            }
            #expect(throws: TransactionError.wrongLength(expected: 20)) {
                var reader = RLPReader(bytes)
                _ = try reader.readOptionalFixed(Address.self)
            }
        }
        var empty = RLPReader([0x80])
        #expect(try empty.readOptionalFixed(Address.self) == nil)
    }
}
