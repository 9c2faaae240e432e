/// Writing of the chain's RLP encoding, in the one form that ``RLPReader`` accepts.
extension [UInt8] {
    /// Appends a byte string.
    package mutating func append(rlp string: [UInt8]) {
        string.withUnsafeBytes { append(rlp: $0[...]) }
    }

    /// Appends a value of fixed size as a byte string.
    package mutating func append(rlp value: some FixedBytes) {
        value.withUnsafeBytes { append(rlp: $0[...]) }
    }

    /// Appends a value of fixed size, or the empty string for none.
    package mutating func append(rlp value: (some FixedBytes)?) {
        if let value {
            append(rlp: value)
        } else {
            append(0x80)
        }
    }

    /// Appends an unsigned integer without leading zeros.
    package mutating func append(rlpInteger value: some FixedWidthInteger & UnsignedInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { bytes in
            append(rlp: bytes.drop { $0 == 0 })
        }
    }

    /// Appends an unsigned integer of 256 bits without leading zeros.
    package mutating func append(rlpWord value: Bytes32) {
        value.withUnsafeBytes { bytes in
            append(rlp: bytes.drop { $0 == 0 })
        }
    }

    private mutating func append(rlp string: Slice<UnsafeRawBufferPointer>) {
        if string.count == 1, let byte = string.first, byte < 0x80 {
            append(byte)
            return
        }
        withRLPHeader(shortPrefix: 0x80, count: string.count) { append(contentsOf: $0) }
        append(contentsOf: UnsafeRawBufferPointer(rebasing: string))
    }

    /// Appends a list of the items that `body` appends.
    package mutating func appendRLPList(_ body: (inout [UInt8]) -> Void) {
        let start = count
        body(&self)
        withRLPHeader(shortPrefix: 0xc0, count: count - start) { header in
            replaceSubrange(start..<start, with: header)
        }
    }

    /// Appends a list of `items`, each appended by `body`.
    package mutating func appendRLPList<Item>(
        _ items: [Item], _ body: (inout [UInt8], Item) -> Void
    ) {
        appendRLPList { output in
            for item in items {
                body(&output, item)
            }
        }
    }
}

/// Calls `body` with the prefix of an item of `count` bytes and, where that is apart, its length.
private func withRLPHeader(
    shortPrefix: UInt8, count: Int, _ body: (UnsafeRawBufferPointer) -> Void
) {
    guard count > 55 else {
        withUnsafeBytes(of: shortPrefix + UInt8(count), body)
        return
    }
    var header = UInt64(count).bigEndian
    withUnsafeMutableBytes(of: &header) { bytes in
        // Nothing has 2^56 bytes, so that the prefix has its place before the length's first digit.
        let digitCount = 8 - count.leadingZeroBitCount / 8
        let start = 7 - digitCount
        bytes[start] = shortPrefix + 55 + UInt8(digitCount)
        body(UnsafeRawBufferPointer(rebasing: bytes[start...]))
    }
}
