/// Collects the header block that is arriving, in memory that is used for every block.
///
/// It holds as much as the limits allow and counts the rest.
final class BlockWriter {
    /// A block of this many times the limit is a compression bomb.
    private static let bombFactor = 16

    private let limits: HTTP2Limits
    private let memory: UnsafeMutableRawBufferPointer
    private var writtenBytes = 0
    private var fieldCount = 0
    /// What the block counts against the limit, the part that did not fit included.
    private var listBytes = 0
    /// Whether a field did not fit.
    private(set) var isTooLarge = false

    init(limits: HTTP2Limits) {
        self.limits = limits
        // The limit counts 32 bytes for each field, of which its two lengths take eight.
        memory = .allocate(byteCount: limits.headerListBytesMax, alignment: 8)
    }

    deinit { memory.deallocate() }

    /// Begins a block.
    func begin() {
        writtenBytes = 0
        fieldCount = 0
        listBytes = 0
        isTooLarge = false
    }

    /// Takes a field; false when the block is a bomb.
    func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) -> Bool {
        listBytes += name.count + value.count + 32
        guard listBytes <= limits.headerListBytesMax, fieldCount < limits.headerFieldsMax,
            !isTooLarge
        else {
            isTooLarge = true
            return listBytes <= limits.headerListBytesMax * Self.bombFactor
        }
        let lengths = (UInt32(name.count), UInt32(value.count))
        memory.storeBytes(of: lengths, toByteOffset: writtenBytes, as: (UInt32, UInt32).self)
        copy(name, at: writtenBytes + 8)
        copy(value, at: writtenBytes + 8 + name.count)
        writtenBytes += 8 + name.count + value.count
        fieldCount += 1
        return true
    }

    private func copy(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        UnsafeMutableRawBufferPointer(rebasing: memory[offset..<offset + bytes.count])
            .copyMemory(from: bytes)
    }

    /// The block as far as it fitted.
    func finish() -> HTTP2Headers {
        HTTP2Headers(
            fields: UnsafeRawBufferPointer(rebasing: memory[..<writtenBytes]), count: fieldCount)
    }
}
