internal import HTTP2
internal import NIOCore
internal import NIOPosix

/// Gives calls to the connection, and makes that when it is needed; on one event loop.
final class ClientConnector {
    private enum Phase {
        case idle
        case connecting([HTTP2ClientCall])
        case ready(ClientConnection)
        /// The last attempt failed; the next one may be made at an instant of the connection's clock.
        case pausing(until: UInt64, RPCError)
        case closed
    }

    static let closedError = RPCError(.unavailable, "the client is closed")

    private let link: ClientLink
    let target: ServerTarget
    let limits: GRPCLimits
    private var phase = Phase.idle
    private var backoff: Backoff
    private var calls: [UInt64: HTTP2ClientCall] = [:]
    /// All that are not closed, those included that take no more calls.
    private var connections: [ObjectIdentifier: ClientConnection] = [:]
    private var closing: [EventLoopPromise<Void>] = []
    private var commands: [ClientCommand] = []
    private var deadlines = DeadlineHeap<UInt64>()
    private var deadlineTimer: Scheduled<Void>?
    private var deadlineTimerTime = UInt64.max

    init(link: ClientLink, target: ServerTarget, limits: GRPCLimits) {
        self.link = link
        self.target = target
        self.limits = limits
        backoff = Backoff(limits: limits)
    }

    // MARK: Commands

    /// Carries out what was left in the mailbox, and sends it.
    func performAll(_ mailbox: Mailbox<ClientCommand>) {
        var batch: [ClientCommand] = []
        swap(&batch, &commands)
        mailbox.takeAll(swappingWith: &batch)
        for command in batch { perform(command) }
        batch.removeAll(keepingCapacity: true)
        commands = batch
        for connection in connections.values { connection.settle() }
    }

    private func perform(_ command: ClientCommand) {
        switch command {
        case .begin(let call): begin(call)
        case .write(let id, let message):
            guard let call = calls[id] else { return }
            if case .onStream(let connection, let ref) = call.wire.place {
                connection.write(message, ref)
            } else {
                call.wire.unsent.append(message)
            }
        case .halfClose(let id):
            guard let call = calls[id], !call.wire.isHalfClosed else { return }
            call.wire.isHalfClosed = true
            if case .onStream(let connection, let ref) = call.wire.place {
                connection.halfClose(ref)
            }
        case .cancel(let id): cancel(id)
        case .demand(let id):
            guard let call = calls[id], case .onStream(let connection, let ref) = call.wire.place
            else { return }
            connection.deliver(ref, call)
        case .close(let promise): close(promise)
        }
    }

    private func cancel(_ id: UInt64) {
        guard let call = calls[id] else { return }
        if case .onStream(let connection, let ref) = call.wire.place {
            connection.cancel(ref)
        }
        onEnd(call)
    }

    // MARK: Calls

    private func begin(_ call: HTTP2ClientCall) {
        guard calls.count < limits.clientCallsMax else {
            return call.fail(RPCError(.resourceExhausted, "too many calls are at work"))
        }
        if let deadline = call.head.deadline {
            let timeout = deadline - .now
            guard timeout > .zero else {
                return call.fail(
                    RPCError(.deadlineExceeded, "the deadline was over at the start"))
            }
            setDeadline(call.id, in: timeout)
        }
        calls[call.id] = call
        place(call)
    }

    /// Gives a call to the connection, now or when there is one.
    private func place(_ call: HTTP2ClientCall) {
        switch phase {
        case .ready(let connection): connection.start(call)
        case .connecting(var waiting):
            waiting.append(call)
            phase = .connecting(waiting)
        case .idle: connect(for: call)
        case .pausing(let until, let error):
            if NIODeadline.now().uptimeNanoseconds >= until {
                connect(for: call)
            } else {
                fail(call, error)
            }
        case .closed: fail(call, Self.closedError)
        }
    }

    /// Asks another connection for a call that the first one has certainly not acted on.
    func retry(_ call: HTTP2ClientCall) {
        guard calls[call.id] != nil else { return }
        call.wire.place = .waiting
        place(call)
    }

    func fail(_ call: HTTP2ClientCall, _ error: RPCError) {
        call.fail(error)
        onEnd(call)
    }

    /// Forgets a call.
    func onEnd(_ call: HTTP2ClientCall) {
        call.wire.place = .ended
        calls[call.id] = nil
    }

    // MARK: Connecting

    private func connect(for call: HTTP2ClientCall) {
        phase = .connecting([call])
        let link = link
        ClientBootstrap(group: link.eventLoop)
            .connectTimeout(.milliseconds(Int64(limits.connectMillisecondsMax)))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: .init(low: 64 * 1024, high: 256 * 1024))
            .channelInitializer { [limits, target] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        ClientConnection(
                            link: link, target: target, limits: limits, channel: channel))
                }
            }
            .connect(host: target.host, port: target.port)
            .hop(to: link.eventLoop)
            .whenComplete { result in
                link.ifConnected { $0.onConnect(result) }
            }
    }

    private func onConnect(_ result: Result<any Channel, any Error>) {
        do {
            let channel = try result.get()
            let connection = try channel.pipeline.syncOperations.handler(
                type: ClientConnection.self)
            guard case .connecting(let waiting) = phase else {
                return channel.close(promise: nil)
            }
            connections[ObjectIdentifier(connection)] = connection
            phase = .ready(connection)
            for call in waiting where calls[call.id] != nil { connection.start(call) }
            connection.settle()
        } catch {
            onFailure(Self.describe(error))
        }
    }

    private func onFailure(_ reason: String) {
        let error = RPCError(.unavailable, "cannot connect to \(target): \(reason)")
        let pause = backoff.onFailure(random: .random(in: 0...1))
        let waiting: [HTTP2ClientCall]
        switch phase {
        case .connecting(let calls): waiting = calls
        case .idle, .ready, .pausing: waiting = []
        case .closed: return
        }
        phase = .pausing(until: NIODeadline.now().uptimeNanoseconds + pause, error)
        for call in waiting where calls[call.id] != nil { fail(call, error) }
    }

    /// The first reason that a person can use.
    private static func describe(_ error: any Error) -> String {
        guard let error = error as? NIOConnectionError else { return "\(error)" }
        if let first = error.connectionErrors.first { return "\(first.error)" }
        if let dns = error.dnsAAAAError ?? error.dnsAError { return "\(dns)" }
        return "no address was found"
    }

    // MARK: What connections tell

    /// The server has spoken HTTP/2, so the connection works.
    func onSettings() { backoff.onSuccess() }

    /// The connection takes no more calls; the next one needs another.
    func onNoMoreCalls(_ connection: ClientConnection) {
        if case .ready(let current) = phase, current === connection { phase = .idle }
    }

    /// The connection is gone.
    func onClosed(_ connection: ClientConnection, hadSettings: Bool, reason: String) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        if !hadSettings {
            onFailure(reason)
        } else {
            onNoMoreCalls(connection)
        }
        finishClosing()
    }

    // MARK: Deadlines

    private func setDeadline(_ id: UInt64, in timeout: Duration) {
        let time =
            NIODeadline.now().uptimeNanoseconds &+ UInt64(max(0, timeout.nanosecondsClamped))
        deadlines.insert(id, at: time) { calls[$0] != nil }
        if time < deadlineTimerTime { armDeadlineTimer() }
    }

    private func armDeadlineTimer() {
        deadlineTimer?.cancel()
        deadlineTimer = nil
        deadlineTimerTime = deadlines.nextTime ?? .max
        guard let time = deadlines.nextTime else { return }
        let link = link
        deadlineTimer = link.eventLoop.scheduleTask(
            deadline: .uptimeNanoseconds(min(time, UInt64(Int64.max)))
        ) {
            link.ifConnected { $0.onDeadlineTimer() }
        }
    }

    private func onDeadlineTimer() {
        let now = NIODeadline.now().uptimeNanoseconds
        while let id = deadlines.popDue(now: now) {
            guard let call = calls[id] else { continue }
            call.fail(RPCError(.deadlineExceeded, "the deadline has passed"))
            cancel(id)
        }
        armDeadlineTimer()
        for connection in connections.values { connection.settle() }
    }

    // MARK: Closing

    private func close(_ promise: EventLoopPromise<Void>) {
        closing.append(promise)
        phase = .closed
        deadlineTimer?.cancel()
        for call in calls.values { call.fail(RPCError(.unavailable, "the client was closed")) }
        for id in Array(calls.keys) { cancel(id) }
        for connection in connections.values { connection.close() }
        finishClosing()
    }

    private func finishClosing() {
        guard case .closed = phase, connections.isEmpty else { return }
        let promises = closing
        closing = []
        link.disconnect()
        for promise in promises { promise.succeed() }
    }
}
