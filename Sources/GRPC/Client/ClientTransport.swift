internal import Synchronization

/// What a caller wants, before a transport has been asked.
struct ClientCallHead: Sendable {
    /// `/pkg.Service/Method`.
    let path: String
    let metadata: RPCMetadata
    let deadline: ContinuousClock.Instant?
    /// How many responses the method has.
    let responses: Cardinality

    /// How many messages a direction of a method has.
    enum Cardinality: Sendable {
        case one
        case any
    }

    /// How the queue of the responses behaves.
    func queueCardinality(_ limits: GRPCLimits) -> MessageQueue.Cardinality {
        switch responses {
        case .one: .one
        case .any: .any(bytesMax: limits.callBufferBytesMax)
        }
    }
}

/// A way to reach a server.
protocol ClientTransport: Sendable {
    var limits: GRPCLimits { get }

    /// Begins a call.
    ///
    /// With a `request`, that is the only one and the caller half-closes after it. The call never fails
    /// here: what goes wrong is the end of its responses.
    func begin(_ head: ClientCallHead, request: [UInt8]?) -> any ClientCall

    /// Ends all calls with UNAVAILABLE, and takes no more.
    func close() async
}

/// A call that a client has begun.
protocol ClientCall: AnyObject, Sendable {
    /// The responses; the queue ends as the call ends.
    var responses: MessageQueue { get }
    var metadata: ReceivedMetadata { get }

    /// Sends a request, when there is room for it.
    func send(_ message: [UInt8]) async throws(RPCError)

    /// Says that no more requests come.
    func halfClose()

    /// Ends the call with `error` on this side and stops the work on the other; nothing when it has ended.
    func cancel(_ error: RPCError)
}

/// The metadata that a server has sent, as far as it has come.
final class ReceivedMetadata: Sendable {
    private struct State {
        var initial: RPCMetadata?
        var trailing: RPCMetadata?
    }

    private let state = Mutex(State())

    var initial: RPCMetadata? { state.withLock { $0.initial } }
    var trailing: RPCMetadata? { state.withLock { $0.trailing } }

    func setInitial(_ metadata: RPCMetadata) { state.withLock { $0.initial = metadata } }
    func setTrailing(_ metadata: RPCMetadata) { state.withLock { $0.trailing = metadata } }
}
