/// Writing of the chain's RLP encoding, in the one form that ``RLPReader`` accepts.
extension [UInt8] {
    /// Appends a byte string.
    package mutating func append(rlp string: some Collection<UInt8>) {
        if string.count == 1, let byte = string.first, byte < 0x80 {
            append(byte)
            return
        }
        append(contentsOf: rlpHeader(shortPrefix: 0x80, count: string.count))
        append(contentsOf: string)
    }

    /// Appends a value of fixed size as a byte string.
    package mutating func append(rlp value: some FixedBytes) {
        append(rlp: value.bytes)
    }

    /// Appends a value of fixed size, or the empty string for none.
    package mutating func append(rlp value: (some FixedBytes)?) {
        if let value {
            append(rlp: value.bytes)
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
        append(rlp: value.bytes.drop { $0 == 0 })
    }

    /// Appends a list of the items that `body` appends.
    package mutating func appendRLPList(_ body: (inout [UInt8]) -> Void) {
        let start = count
        body(&self)
        insert(contentsOf: rlpHeader(shortPrefix: 0xc0, count: count - start), at: start)
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

/// The prefix of an item with `count` bytes of payload, and its length where that is apart.
private func rlpHeader(shortPrefix: UInt8, count: Int) -> [UInt8] {
    guard count > 55 else { return [shortPrefix + UInt8(count)] }
    let length = withUnsafeBytes(of: count.bigEndian) { Array($0.drop { $0 == 0 }) }
    return [shortPrefix + 55 + UInt8(length.count)] + length
}
