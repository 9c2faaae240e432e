import AllegroModels
import Testing

/// The calldata of transfers, and addresses that mean something to the token standard.
struct Tip20Tests {
    private let recipient = Address(repeating: 0x15)
    private let memo = Bytes32(repeating: 0x6d)

    @Test func aTransfersCalldataReadsBackAsWritten() throws {
        let plain = Tip20.transfer(to: recipient, amount: .max)
        #expect(plain.count == 68)
        #expect(
            try TokenCall(calldata: plain)
                == .transfer(to: recipient, amount: Word256(.max), memo: nil))
        let withMemo = Tip20.transferWithMemo(to: recipient, amount: 7, memo: memo)
        #expect(withMemo.count == 100)
        #expect(
            try TokenCall(calldata: withMemo)
                == .transfer(to: recipient, amount: Word256(7), memo: memo))
    }

    @Test func calldataOfAnyOtherLengthIsNoTransfer() {
        for calldata in [
            Tip20.transfer(to: recipient, amount: 1),
            Tip20.transferWithMemo(to: recipient, amount: 1, memo: memo),
        ] {
            #expect(throws: NotAPayment.calldataLength) {
                try TokenCall(calldata: calldata + [0])
            }
            for count in calldata.indices {
                #expect(throws: NotAPayment.self) {
                    try TokenCall(calldata: Array(calldata.prefix(count)))
                }
            }
        }
    }

    @Test func anyByteBeforeTheAddressSpoilsItsWord() {
        let calldata = Tip20.transfer(to: recipient, amount: 1)
        for index in 4..<16 {
            var dirty = calldata
            dirty[index] = 1
            #expect(throws: NotAPayment.addressWordNotClean) { try TokenCall(calldata: dirty) }
        }
    }

    @Test func allTwelveBytesMakeATokensPrefix() throws {
        let token = Tip20.addressPrefix + [UInt8](repeating: 0xaa, count: 8)
        #expect(try #require(Address(bytes: token)).hasTip20Prefix)
        for index in token.indices {
            var other = token
            other[index] ^= 1
            #expect(try #require(Address(bytes: other)).hasTip20Prefix == (index >= 12))
        }
    }

    @Test func tenBytesInTheMiddleMakeAnAddressVirtual() throws {
        var virtual = [UInt8](repeating: 0x07, count: 20)
        virtual.replaceSubrange(4..<14, with: repeatElement(0xfd, count: 10))
        #expect(try #require(Address(bytes: virtual)).isVirtual)
        for index in virtual.indices {
            var other = virtual
            other[index] ^= 1
            #expect(try #require(Address(bytes: other)).isVirtual == !(4..<14).contains(index))
        }
    }

    @Test func anAmountBeyond64BitsHasNoNativeForm() {
        #expect(Word256(.max).uint64 == .max)
        for words in [(1, 0, 0, 5), (0, 1, 0, 5), (0, 0, 1, 5)]
            as [(
                UInt64, UInt64, UInt64, UInt64
            )]
        {
            #expect(Word256(Bytes32(words: words)).uint64 == nil)
        }
    }
}
