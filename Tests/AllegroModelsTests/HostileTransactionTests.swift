import AllegroModels
import Testing
import Vectors

/// Input made to cost or to break, rather than to be read.
struct HostileTransactionTests {
    @Test(arguments: [0x01, 0x02, 0x04, 0x76] as [UInt8])
    func listsNestedThousandsDeepAreRefused(type: UInt8) {
        // Each list's header says how much is inside it, so that every level is well-formed.
        var nested: [UInt8] = [0xc0]
        for _ in 0..<2_000 {
            let length = UInt16(nested.count)
            var header: [UInt8] =
                length <= 55 ? [0xc0 + UInt8(length)] : length <= 255 ? [0xf8] : [0xf9]
            if length > 255 { header.append(UInt8(length >> 8)) }
            if length > 55 { header.append(UInt8(length & 0xff)) }
            nested = header + nested
        }
        #expect(throws: TransactionError.self) { try SignedTransaction(decoding: [type] + nested) }
        #expect(throws: TransactionError.self) { try SignedTransaction(decoding: nested) }
    }

    @Test func lengthsBeyondTheInputAreRefusedAtEveryPlace() throws {
        let huge: [UInt8] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
        for vector in Vectors.transactions {
            let bytes = try #require(Hex.decode(vector.rawHex))
            for index in bytes.indices {
                for prefix in [0xbf, 0xff] as [UInt8] {
                    let changed = bytes[..<index] + [prefix] + huge + bytes[index...]
                    if (try? SignedTransaction(decoding: Array(changed))) != nil {
                        Issue.record("\(vector): a length of 2^64 - 1 at \(index) was believed")
                    }
                }
            }
        }
    }

    @Test func aTransactionLongerThanANodeTakesIsRefused() throws {
        func transaction(inputByteCount: Int) -> [UInt8] {
            SignedTransaction.ethereum(
                EthereumTransaction(
                    chainID: 1, nonce: 0, gasLimit: 0,
                    call: Call(to: .zero, input: [UInt8](repeating: 1, count: inputByteCount)),
                    kind: .legacy(gasPrice: 0)),
                Secp256k1Signature(
                    r: Bytes32(repeating: 1), s: Bytes32(repeating: 1), yIsOdd: false)
            ).encoded
        }
        let overhead = transaction(inputByteCount: 100_000).count - 100_000
        let fitting = transaction(inputByteCount: SignedTransaction.byteCountMax - overhead)
        #expect(fitting.count == SignedTransaction.byteCountMax)
        #expect(try SignedTransaction(decoding: fitting).encoded == fitting)
        let tooLong = transaction(inputByteCount: SignedTransaction.byteCountMax - overhead + 1)
        #expect(throws: TransactionError.tooLong(bytesMax: SignedTransaction.byteCountMax)) {
            try SignedTransaction(decoding: tooLong)
        }
    }

    @Test func aLegacyChainIDBeyond64BitsIsRefused() throws {
        // v = 35 + 2 · 2^64 needs nine bytes and names a chain that no other field could.
        var bytes: [UInt8] = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80]
        bytes += [0x89, 0x02, 0, 0, 0, 0, 0, 0, 0, 35, 0x01, 0x01]
        #expect(throws: TransactionError.chainIDTooLarge) {
            try SignedTransaction(decoding: [0xc0 + UInt8(bytes.count)] + bytes)
        }
    }

    @Test func randomBytesNeverTrap() {
        var random = SplitMix64(state: 0x5eed)
        for _ in 0..<20_000 {
            let count = Int(random.next() % 96)
            var bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            // Half of them begin as a transaction does, so that they get past the first byte.
            if random.next().isMultiple(of: 2), count > 2, count < 58 {
                bytes[0] = [0x01, 0x02, 0x04, 0x76][Int(random.next() % 4)]
                bytes[1] = 0xc0 + UInt8(count - 2)
            }
            if let transaction = try? SignedTransaction(decoding: bytes) {
                #expect(transaction.encoded == bytes)
            }
        }
    }
}

/// A small generator with a seed, so that a failure comes again.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
