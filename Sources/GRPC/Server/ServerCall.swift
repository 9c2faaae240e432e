internal import HTTP2

/// Where a call of a connection stands; kept by the slot of its stream.
enum ServerCall {
    /// The slot is free, or its stream was refused before it became a call.
    case none
    /// A unary call whose request is not complete.
    case gathering(GatheringCall)
    /// A unary call whose handler is at work.
    case running(RunningCall)
    /// A streaming call.
    case streaming(StreamingCall)
    /// All has been said; what the peer still sends is thrown away.
    case answered

    /// Request bytes that the call keeps in memory, outside the session.
    var heldBytes: Int {
        switch self {
        case .none, .gathering, .answered: 0
        case .running(let call): call.requestBytes
        case .streaming(let call): call.heldBytes
        }
    }
}

/// A unary call before its handler starts.
struct GatheringCall {
    /// The handler, with the context if it takes one.
    enum Handler {
        case immediate(@Sendable ([UInt8]) -> Result<[UInt8], CallFailure>)
        case awaited(RPCRouter.Awaited, RPCServerContext)
    }

    let handler: Handler
    let usesCompression: Bool
    /// In nanoseconds of the connection's clock.
    let since: UInt64
}

/// A unary call whose handler is at work.
struct RunningCall {
    let task: Task<Void, Never>
    /// What the request weighs, as long as its handler may hold it.
    let requestBytes: Int
}

/// A streaming call: owned by the connection, on its event loop.
final class StreamingCall {
    let context: RPCServerContext
    let requests: MessageQueue
    let gate: OutboundGate
    let usesCompression: Bool
    var task: Task<Void, Never>?
    /// The head of the response has been sent.
    var hasHead = false
    /// No more requests come out of the stream.
    var requestsHaveEnded = false
    /// What the queue of requests held when it was last looked at.
    var heldBytes = 0
    /// The handler was told to stop.
    private(set) var hasEnded = false

    init(
        context: RPCServerContext, requests: MessageQueue, gate: OutboundGate,
        usesCompression: Bool
    ) {
        self.context = context
        self.requests = requests
        self.gate = gate
        self.usesCompression = usesCompression
    }

    /// Stops the handler: its reads and writes throw `error` and its task is cancelled.
    func stop(_ error: RPCError) {
        hasEnded = true
        requests.abort(error)
        gate.fail(error)
        task?.cancel()
    }
}
