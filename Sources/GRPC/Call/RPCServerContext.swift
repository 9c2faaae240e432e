internal import HTTP2
internal import Synchronization

/// What a handler knows of its call beside the messages.
package struct RPCServerContext: Sendable {
    /// Everything of one call behind one reference, so that passing it on costs little.
    private final class Call: Sendable {
        let headers: Headers
        let deadline: ContinuousClock.Instant?
        let peer: String
        let response = Mutex<ResponseMetadata?>(nil)

        init(headers: Headers, deadline: ContinuousClock.Instant?, peer: String) {
            self.headers = headers
            self.deadline = deadline
            self.peer = peer
        }
    }

    private enum Headers: Sendable {
        case block(HTTP2Headers)
        case metadata(RPCMetadata)
    }

    /// What the handler wants to tell beside its messages.
    struct ResponseMetadata: Sendable {
        var initial: RPCMetadata?
        var trailing: RPCMetadata?
    }

    private let call: Call

    /// Describes a call.
    package init(metadata: RPCMetadata, deadline: ContinuousClock.Instant?, peer: String) {
        call = Call(headers: .metadata(metadata), deadline: deadline, peer: peer)
    }

    /// Describes a call whose metadata is read out of `headers` when somebody asks.
    init(headers: HTTP2Headers, deadline: ContinuousClock.Instant?, peer: String) {
        call = Call(headers: .block(headers), deadline: deadline, peer: peer)
    }

    /// What the caller sent along; read from the header block each time, so keep it if you need it twice.
    package var metadata: RPCMetadata {
        switch call.headers {
        case .block(let headers): RPCMetadata(headers)
        case .metadata(let metadata): metadata
        }
    }

    /// When the caller stops waiting; the handler's task is cancelled then.
    package var deadline: ContinuousClock.Instant? { call.deadline }

    /// `127.0.0.1:4711` or `in-process`.
    package var peer: String { call.peer }

    /// Sets what is sent before the first message; no effect when that is on its way.
    package func setInitialMetadata(_ metadata: RPCMetadata) {
        call.response.withLock { $0 = ResponseMetadata(initial: metadata, trailing: $0?.trailing) }
    }

    /// Sets what is sent after the last message.
    package func setTrailingMetadata(_ metadata: RPCMetadata) {
        call.response.withLock { $0 = ResponseMetadata(initial: $0?.initial, trailing: metadata) }
    }

    /// nil when the handler has nothing to tell, which is the rule.
    var response: ResponseMetadata? { call.response.withLock { $0 } }
}
