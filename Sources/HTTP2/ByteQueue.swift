/// Bytes in the order in which they came, read from the front.
package struct ByteQueue {
    /// Larger storage than this is not kept when it holds nothing, and room is given back beyond it.
    private static let keptBytesMax = 64 * 1024

    private var bytes: [UInt8] = []
    /// Bytes before this index have been read.
    private var start = 0

    package init() {}

    /// How many bytes can be read.
    package var count: Int { bytes.count - start }

    package var isEmpty: Bool { start == bytes.count }

    package mutating func append(_ more: UnsafeRawBufferPointer) {
        makeRoom()
        bytes.append(contentsOf: more)
    }

    package mutating func append(_ more: [UInt8]) {
        makeRoom()
        bytes.append(contentsOf: more)
    }

    /// Lets `body` look at all bytes that can be read.
    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start...])) }
    }

    /// Takes the bytes from `offset` to `end` as an array, and all before them away.
    package mutating func take(from offset: Int, to end: Int) -> [UInt8] {
        let taken = Array(bytes[start + offset..<start + end])
        removeFirst(end)
        return taken
    }

    package mutating func removeFirst(_ count: Int) {
        start += count
        if start == bytes.count { clear() }
    }

    /// Forgets all bytes.
    package mutating func clear() {
        start = 0
        if bytes.capacity > Self.keptBytesMax {
            bytes = []
        } else {
            bytes.removeAll(keepingCapacity: true)
        }
    }

    /// Gives back the room of what was read: a queue that is never empty would grow for ever.
    private mutating func makeRoom() {
        if start > Self.keptBytesMax, start * 2 > bytes.count {
            bytes.removeFirst(start)
            start = 0
        }
    }
}
