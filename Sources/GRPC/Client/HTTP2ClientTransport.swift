internal import NIOCore
internal import Synchronization

/// What callers tell the event loop of their connection.
enum ClientCommand: Sendable {
    case begin(HTTP2ClientCall)
    case write(UInt64, [UInt8])
    case halfClose(UInt64)
    case cancel(UInt64)
    /// The caller has read responses, so that more are welcome.
    case demand(UInt64)
    case close(EventLoopPromise<Void>)
}

/// The way from callers to the event loop, which is woken once for each burst of commands.
final class ClientLink: Sendable {
    let eventLoop: any EventLoop
    private let mailbox: Mailbox<ClientCommand>
    private let connector: NIOLoopBoundBox<ClientConnector?>

    init(eventLoop: any EventLoop, target: ServerTarget, limits: GRPCLimits) {
        self.eventLoop = eventLoop
        mailbox = Mailbox(eventLoop: eventLoop)
        connector = .makeEmptyBox(valueType: ClientConnector.self, eventLoop: eventLoop)
        eventLoop.execute { [self] in
            connector.value = ClientConnector(link: self, target: target, limits: limits)
        }
    }

    func post(_ command: ClientCommand) { mailbox.post(command) { [self] in wake() } }

    private func wake() {
        if let connector = connector.value { return connector.performAll(mailbox) }
        var commands: [ClientCommand] = []
        mailbox.takeAll(swappingWith: &commands)
        for command in commands {
            switch command {
            case .begin(let call): call.fail(ClientConnector.closedError)
            case .close(let promise): promise.succeed()
            case .write, .halfClose, .cancel, .demand: break
            }
        }
    }

    /// Runs `body` with the connector, unless it is gone.
    ///
    /// On the event loop only.
    func ifConnected(_ body: (ClientConnector) -> Void) {
        if let connector = connector.value { body(connector) }
    }

    /// Lets go of the connector, which holds the link.
    ///
    /// On the event loop only.
    func disconnect() { connector.value = nil }
}

/// Calls over one HTTP/2 connection at a time.
final class HTTP2ClientTransport: ClientTransport {
    let limits: GRPCLimits
    private let link: ClientLink
    private let callCount = Atomic<UInt64>(0)

    init(target: ServerTarget, limits: GRPCLimits, eventLoop: any EventLoop) {
        self.limits = limits
        link = ClientLink(eventLoop: eventLoop, target: target, limits: limits)
    }

    deinit {
        // Calls hold the transport, so there are none left.
        link.post(.close(link.eventLoop.makePromise()))
    }

    func begin(_ head: ClientCallHead, request: [UInt8]?) -> any ClientCall {
        let id = callCount.add(1, ordering: .relaxed).newValue
        let call = HTTP2ClientCall(
            id: id, head: head, request: request, transport: self, link: link)
        link.post(.begin(call))
        return call
    }

    func close() async {
        let closed = link.eventLoop.makePromise(of: Void.self)
        link.post(.close(closed))
        try? await closed.futureResult.get()
    }
}
