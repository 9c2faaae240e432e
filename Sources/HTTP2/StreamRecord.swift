/// What a session keeps of one stream; records are used again for later streams.
struct StreamRecord {
    /// Whether the record belongs to a stream.
    enum Phase {
        case free
        case open
        /// The library has forgotten the stream; its owner has not been told yet.
        case closed
    }

    /// What follows the bytes in the outbound queue.
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

    let slot: Int32
    /// The slot that is free after this one, while this one is; −1 when none is.
    var nextFree: Int32 = -1
    private(set) var id: Int32 = 0
    var phase = Phase.free

    // What the peer sends.
    /// The first header block has come; the next one is the trailers.
    var hasHead = false
    var head = HTTP2Headers()
    var trailers = HTTP2Headers()
    var headersAreTooLarge = false
    var peerHasEnded = false
    var inbound = ByteQueue()
    /// Bytes that have arrived and not been given back to the peer's windows.
    var uncreditedBytes = 0
    /// The peer broke the stream: the library is about to reset it.
    var isDoomed = false

    // What this side sends.
    var outbound = ByteQueue()
    var outboundEnd = OutboundEnd.open
    /// The library waits to be told that there are bytes before it asks for more.
    var isDeferred = false
    /// The owner wants to hear when the outbound queue has emptied.
    var wantsWritable = false
    /// When bytes last left the outbound queue, or came into an empty one.
    var movedAt: UInt64 = 0
    /// Bytes that the library has taken since the owner last asked.
    var takenBytes = 0
    /// This side reset the stream, so the frame that says so is not the peer's doing.
    var isResetHere = false

    init(slot: Int32) { self.slot = slot }

    var ref: HTTP2StreamRef { HTTP2StreamRef(id: id, slot: slot) }

    mutating func open(id: Int32) {
        self.id = id
        phase = .open
    }

    /// Makes the record ready for another stream; the storage of its queues stays.
    mutating func clear() {
        var empty = StreamRecord(slot: slot)
        inbound.clear()
        outbound.clear()
        swap(&empty.inbound, &inbound)
        swap(&empty.outbound, &outbound)
        self = empty
    }
}
