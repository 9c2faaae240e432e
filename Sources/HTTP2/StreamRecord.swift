internal import NIOCore

/// What a session keeps of one stream; records are used again for later streams.
final class StreamRecord {
    /// Whether the record belongs to a stream.
    enum Phase {
        case free
        case open
        /// The library has forgotten the stream; its owner has not been told yet.
        case closed
    }

    /// What follows the bytes in the outbound buffer.
    enum OutboundEnd {
        /// More may be written.
        case open
        /// END_STREAM, in the last block.
        case trailers(HTTP2HeaderSource)
        /// END_STREAM, on the last DATA frame.
        case data
        /// It has been handed to the library.
        case taken
    }

    /// Which header block is the next one.
    enum HeadPhase {
        case awaited
        case arrived
    }

    /// A buffer that grew larger than this is not kept for the next stream.
    private static let keptBufferBytesMax = 64 * 1024

    let slot: Int32
    private(set) var id: Int32 = 0
    var phase = Phase.free

    // What the peer sends.
    var headPhase = HeadPhase.awaited
    var head = HTTP2Headers()
    var trailers = HTTP2Headers()
    var headerListBytes = 0
    var headIsTooLarge = false
    var peerHasEnded = false
    var inbound = ByteBuffer()
    /// Bytes that have arrived and not been given back to the peer's windows.
    var uncreditedBytes = 0
    /// The peer broke the stream: the library is about to reset it.
    var isDoomed = false

    // What this side sends.
    var outbound = ByteBuffer()
    var outboundEnd = OutboundEnd.open
    /// The library waits for ``HTTP2Session/write(_:_:)`` before it asks for more.
    var isDeferred = false
    /// The owner wants to hear when the outbound buffer has emptied.
    var wantsWritable = false
    /// When bytes last left the outbound buffer, or came into an empty one.
    var movedAt: UInt64 = 0
    /// Bytes that the library has taken since the owner last asked.
    var takenBytes = 0
    /// This side reset the stream, so the frame that says so is not the peer's doing.
    var isResetHere = false

    init(slot: Int32) { self.slot = slot }

    var ref: HTTP2StreamRef { HTTP2StreamRef(id: id, slot: slot) }

    func open(id: Int32) {
        self.id = id
        phase = .open
    }

    /// Makes the record ready for another stream.
    func clear() {
        id = 0
        phase = .free
        headPhase = .awaited
        head = HTTP2Headers()
        trailers = HTTP2Headers()
        headerListBytes = 0
        headIsTooLarge = false
        peerHasEnded = false
        uncreditedBytes = 0
        isDoomed = false
        outboundEnd = .open
        isDeferred = false
        wantsWritable = false
        takenBytes = 0
        movedAt = 0
        isResetHere = false
        inbound.clear()
        outbound.clear()
        Self.tidy(&inbound)
        Self.tidy(&outbound)
    }

    /// Gives back the room before the first unread byte, and large storage that holds nothing.
    ///
    /// Bytes are appended while others are read, so a buffer that is never empty would grow for ever.
    static func tidy(_ buffer: inout ByteBuffer) {
        if buffer.readableBytes == 0 {
            if buffer.capacity > keptBufferBytesMax {
                buffer = ByteBuffer()
            } else {
                buffer.clear()
            }
        } else if buffer.readerIndex > keptBufferBytesMax,
            buffer.readerIndex > buffer.readableBytes
        {
            buffer.discardReadBytes()
        }
    }
}

/// The records of a session, by slot.
struct StreamTable {
    private var records: [StreamRecord] = []
    private var free: [StreamRecord] = []

    /// How many records belong to a stream.
    var count: Int { records.count - free.count }

    /// Takes a record for a new stream.
    mutating func take(id: Int32) -> StreamRecord {
        let record: StreamRecord
        if let kept = free.popLast() {
            record = kept
        } else {
            record = StreamRecord(slot: Int32(records.count))
            records.append(record)
        }
        record.open(id: id)
        return record
    }

    /// Gives a record back.
    mutating func give(back record: StreamRecord) {
        record.clear()
        free.append(record)
    }

    /// The record of a stream; nil when the stream is gone.
    func record(_ ref: HTTP2StreamRef) -> StreamRecord? {
        record(slot: Int(ref.slot), id: ref.id)
    }

    /// The record in a slot, for a stream of this id; nil when the slot is another's.
    func record(slot: Int, id: Int32) -> StreamRecord? {
        guard records.indices.contains(slot), records[slot].id == id else { return nil }
        return records[slot]
    }

    /// All records that belong to a stream.
    var inUse: some Sequence<StreamRecord> {
        records.lazy.filter { record in
            switch record.phase {
            case .free: false
            case .open, .closed: true
            }
        }
    }
}
