import HTTP2
import HTTP2Testing
import NIOCore
import Testing

/// A session and its clock, fed and emptied by hand.
final class Peer {
    let session: HTTP2Session
    var now: UInt64 = 0
    private var unparsed: [UInt8] = []

    init(_ role: HTTP2Session.Role, limits: HTTP2Limits = .init()) throws {
        session = try HTTP2Session(role: role, limits: limits, now: 0)
    }

    func receive(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try session.receive($0, now: now) }
    }

    func events() -> [HTTP2Event] {
        var events: [HTTP2Event] = []
        while let event = session.nextEvent() { events.append(event) }
        return events
    }

    func output() throws -> [UInt8] {
        var buffer = ByteBuffer()
        while try session.takeOutput(into: &buffer, bytesMax: 1 << 20, now: now) {}
        return Array(buffer.readableBytesView)
    }

    func frames() throws -> [Frame] {
        unparsed += try output()
        return Frame.takeAll(from: &unparsed)
    }

    func inbound(_ ref: HTTP2StreamRef) -> [UInt8] {
        session.readInbound(ref) { $0.take(from: 0, to: $0.count) } ?? []
    }

    func write(_ ref: HTTP2StreamRef, _ bytes: [UInt8]) throws {
        try session.write(ref) { $0.append(bytes) }
    }
}

/// Moves bytes between two peers until both are silent; gives what each has learnt.
func exchange(_ client: Peer, _ server: Peer) throws -> (
    client: [HTTP2Event], server: [HTTP2Event]
) {
    var learnt: (client: [HTTP2Event], server: [HTTP2Event]) = ([], [])
    while true {
        let up = try client.output()
        try server.receive(up)
        learnt.server += server.events()
        let down = try server.output()
        try client.receive(down)
        learnt.client += client.events()
        if up.isEmpty, down.isEmpty { return learnt }
    }
}

private func headers(_ fields: [(String, String)]) -> HTTP2HeaderSource {
    var headers = HTTP2Headers()
    for (name, value) in fields { headers.append(name: name.utf8, value: value.utf8) }
    return .built(headers)
}

struct SessionTests {
    private static let responseHead = HTTP2StaticHeaders([(":status", "200")])
    private static let trailers = HTTP2StaticHeaders([("grpc-status", "0")])

    private func connected(
        _ limits: HTTP2Limits = .init()
    ) throws -> (client: Peer, server: Peer) {
        let client = try Peer(.client)
        let server = try Peer(.server, limits: limits)
        let learnt = try exchange(client, server)
        #expect(learnt.client == [.settings])
        #expect(learnt.server == [.settings])
        return (client, server)
    }

    @Test
    func aCallCrossesBothSessions() throws {
        let (client, server) = try connected()
        let request = try client.session.request(headers(Frames.request()), endStream: false)
        try client.write(request, [1, 2, 3])
        try client.session.finish(request, trailers: nil)
        let asked = try exchange(client, server)
        let head = try #require(asked.server.first)
        guard case .head(let call, false) = head else {
            Issue.record("\(head)")
            return
        }
        #expect(asked.server == [head, .data(call, endStream: true)])
        #expect(server.session.takeHead(call).first(":path") == "/test.Text/Echo")
        #expect(server.inbound(call) == [1, 2, 3])

        try server.session.respond(
            call, .fixed(Self.responseHead), trailers: .fixed(Self.trailers)
        ) { $0.append([4, 5]) }
        let down = try server.output()
        #expect(server.events() == [.closed(call, .noError)])
        try client.receive(down)
        #expect(
            client.events().dropLast() == [
                .head(request, endStream: false), .data(request, endStream: false),
                .trailers(request),
            ])
        #expect(client.session.streamCount == 0)
    }

    @Test
    func whatAStreamBroughtCanBeReadUntilItsClosedEventIsOver() throws {
        let (client, server) = try connected()
        let request = try client.session.request(headers(Frames.request()), endStream: true)
        let asked = try exchange(client, server)
        guard case .head(let call, true) = asked.server.first else {
            Issue.record("\(asked.server)")
            return
        }
        try server.session.respond(
            call, .fixed(Self.responseHead), trailers: .fixed(Self.trailers)
        ) { $0.append([9]) }
        try client.receive(try server.output())
        var last: HTTP2Event?
        while let event = client.session.nextEvent() {
            last = event
            if case .closed = event { break }
        }
        #expect(last == .closed(request, .noError))
        #expect(client.inbound(request) == [9])
        #expect(client.session.takeTrailers(request).first("grpc-status") == "0")
        #expect(client.session.nextEvent() == nil)
        #expect(client.inbound(request) == [])
    }

    @Test
    func anAnswerToAnUnfinishedRequestIsSentBeforeItsReset() throws {
        let server = try Peer(.server)
        try server.receive(Frames.hello + Frames.headers(1, Frames.request()))
        guard case .head(let call, false) = server.events().last else {
            Issue.record("no head")
            return
        }
        try server.session.respond(call, .fixed(Self.responseHead), endStream: true)
        let frames = try server.frames().filter { $0.stream == 1 }
        #expect(frames.map(\.type) == [1, 3])
        #expect(frames.last?.errorCode == 0)
    }

    @Test
    func operationsOnAStreamThatIsGoneDoNothing() throws {
        let server = try Peer(.server)
        try server.receive(Frames.hello + Frames.headers(1, Frames.request()) + Frames.reset(1))
        let events = server.events()
        guard case .head(let old, _) = events[1] else {
            Issue.record("\(events)")
            return
        }
        #expect(events.last == .closed(old, .cancel))
        // The next stream gets the slot of the first.
        try server.receive(Frames.headers(3, Frames.request(), endStream: true))
        guard case .head(let new, true) = server.events().last else {
            Issue.record("no second head")
            return
        }
        #expect(new.slot == old.slot)
        #expect(!server.session.isOpen(old))
        _ = try server.frames()
        try server.session.respond(
            old, .fixed(Self.responseHead), trailers: .fixed(Self.trailers)
        ) { $0.append([1]) }
        try server.write(old, [1])
        try server.session.finish(old, trailers: nil)
        try server.session.reset(old, .cancel)
        try server.session.credit(old)
        #expect(try server.frames().isEmpty)
        #expect(server.session.isOpen(new))
    }

    @Test
    func windowsOpenOnlyAsTheOwnerCredits() throws {
        var limits = HTTP2Limits()
        limits.streamWindowBytes = 1000
        let (client, server) = try connected(limits)
        let request = try client.session.request(headers(Frames.request()), endStream: false)
        try client.write(request, [UInt8](repeating: 7, count: 3000))
        let asked = try exchange(client, server)
        guard case .head(let call, _) = asked.server.first else {
            Issue.record("\(asked.server)")
            return
        }
        #expect(server.session.inboundBytes == 1000)
        #expect(client.session.outboundBytes == 2000)
        // Reading alone opens nothing.
        #expect(server.inbound(call).count == 1000)
        _ = try exchange(client, server)
        #expect(server.session.inboundBytes == 0)
        try server.session.credit(call)
        _ = try exchange(client, server)
        #expect(server.session.inboundBytes == 1000)
        #expect(client.session.outboundBytes == 1000)
    }

    @Test
    func theConnectionWindowOutlivesStreamsThatWereNeverRead() throws {
        var limits = HTTP2Limits()
        limits.streamWindowBytes = 65_535
        limits.connectionWindowBytes = 65_535
        let (client, server) = try connected(limits)
        for _ in 0..<20 {
            let request = try client.session.request(headers(Frames.request()), endStream: false)
            try client.write(request, [UInt8](repeating: 7, count: 60_000))
            try client.session.finish(request, trailers: nil)
            let asked = try exchange(client, server)
            guard case .head(let call, _) = asked.server.first else {
                Issue.record("\(asked.server)")
                return
            }
            #expect(asked.server.last == .data(call, endStream: true))
            try server.session.respond(call, .fixed(Self.responseHead), endStream: true)
            _ = try exchange(client, server)
        }
        #expect(server.session.inboundBytes == 0)
        #expect(server.session.streamCount == 0)
    }

    @Test
    func aWriterHearsWhenItsBytesHaveLeft() throws {
        let (client, server) = try connected()
        _ = try client.session.request(headers(Frames.request()), endStream: true)
        let asked = try exchange(client, server)
        guard case .head(let call, true) = asked.server.first else {
            Issue.record("\(asked.server)")
            return
        }
        try server.write(call, [UInt8](repeating: 1, count: 1000))
        try server.session.respond(call, .fixed(Self.responseHead), endStream: false)
        server.session.notifyWhenWritable(call)
        #expect(server.session.outboundBytes(call) == 1000)
        let learnt = try exchange(client, server)
        #expect(learnt.server == [.writable(call)])
        #expect(server.session.takeSentBytes(call) == 1000)
        #expect(server.session.outboundBytes == 0)
    }

    @Test
    func aStreamThatCannotSendIsSaidToBeStalled() throws {
        let server = try Peer(.server)
        // The client's initial window is 10 bytes.
        try server.receive(
            Frames.preface + Frames.frame(type: 4, [0, 4, 0, 0, 0, 10])
                + Frames.headers(1, Frames.request(), endStream: true))
        guard case .head(let call, true) = server.events().last else {
            Issue.record("no head")
            return
        }
        server.now = 5_000_000_000
        server.session.advance(to: server.now)
        try server.write(call, [UInt8](repeating: 1, count: 100))
        try server.session.respond(call, .fixed(Self.responseHead), endStream: false)
        _ = try server.frames()
        #expect(server.session.streamsStalled(since: 5_000_000_000) == [])
        #expect(server.session.streamsStalled(since: 5_000_000_001) == [call])
    }

    @Test
    func headersBeyondTheLimitAreMarked() throws {
        var limits = HTTP2Limits()
        limits.headerListBytesMax = 1024
        let (client, server) = try connected(limits)
        let large = Frames.request() + [("x-large", String(repeating: "a", count: 900))]
        _ = try client.session.request(headers(large), endStream: true)
        let asked = try exchange(client, server)
        guard case .head(let call, true) = asked.server.first else {
            Issue.record("\(asked.server)")
            return
        }
        #expect(server.session.headersAreTooLarge(call))
        #expect(server.session.takeHead(call).first("x-large") == nil)
        #expect(server.session.abuse == nil)
    }

    @Test
    func fieldsBeyondTheLimitAreMarked() throws {
        let (client, server) = try connected()
        let many = Frames.request() + (0..<100).map { ("x\($0)", "") }
        _ = try client.session.request(headers(many), endStream: true)
        let asked = try exchange(client, server)
        guard case .head(let call, true) = asked.server.first else {
            Issue.record("\(asked.server)")
            return
        }
        #expect(server.session.headersAreTooLarge(call))
    }

    @Test
    func aShutdownLetsOpenStreamsEnd() throws {
        let (client, server) = try connected()
        let request = try client.session.request(headers(Frames.request()), endStream: true)
        let asked = try exchange(client, server)
        guard case .head(let call, true) = asked.server.first else {
            Issue.record("\(asked.server)")
            return
        }
        try server.session.announceShutdown()
        try server.session.goAway(.noError)
        let told = try exchange(client, server)
        #expect(told.client.last == .goAway(lastStreamID: request.id, .noError))
        #expect(!server.session.isFinished)
        try server.session.respond(
            call, .fixed(Self.responseHead), trailers: .fixed(Self.trailers)
        ) { $0.append([1]) }
        let ended = try exchange(client, server)
        #expect(ended.client.contains(.closed(request, .noError)))
        #expect(server.session.isFinished)
        #expect(client.session.isFinished)
    }

    @Test
    func aPingIsAnswered() throws {
        let (client, server) = try connected()
        try client.session.ping(42)
        let learnt = try exchange(client, server)
        #expect(learnt.client == [.pong(42)])
    }

    @Test
    func limitsThatCannotBeUsedAreRefused() {
        var limits = HTTP2Limits()
        limits.frameBytesMax = 100
        limits.peerResetsBurst = 0
        #expect(limits.problems.count == 2)
        #expect(throws: HTTP2Failure.badLimits(limits.problems)) {
            try HTTP2Session(role: .server, limits: limits, now: 0)
        }
        #expect(HTTP2Limits().problems.isEmpty)
    }

    @Test
    func limitsPrintThemselves() {
        var limits = HTTP2Limits()
        limits.concurrentStreamsMax = 77
        #expect(limits.description.contains("concurrentStreamsMax=77"))
        #expect(limits.description.contains("windowUpdatesPerSecond=200"))
    }
}
