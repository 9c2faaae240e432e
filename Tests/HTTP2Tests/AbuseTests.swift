import HTTP2
import HTTP2Testing
import Testing

/// What a peer can do to a session that the library answers without end.
struct AbuseTests {
    private static let calm: UInt32 = 0xb

    /// A server that has shaken hands.
    private func server(_ limits: HTTP2Limits = .init()) throws -> Peer {
        let server = try Peer(.server, limits: limits)
        try server.receive(Frames.hello + Frames.settingsAck)
        _ = server.events()
        _ = try server.frames()
        return server
    }

    /// Sends `bytes` again and again; gives how often until the session has had enough.
    private func repeatUntilAbuse(
        _ server: Peer, atMost count: Int, _ bytes: (Int) -> [UInt8]
    ) throws -> Int? {
        for index in 0..<count {
            try server.receive(bytes(index))
            _ = server.events()
            let frames = try server.frames()
            if server.session.abuse != nil {
                #expect(frames.last?.type == 7)
                #expect(frames.last?.errorCode == Self.calm)
                #expect(server.session.isFinished)
                return index
            }
        }
        return nil
    }

    @Test(
        arguments: [
            ("PING", Frames.ping()), ("SETTINGS", Frames.settings),
            ("PRIORITY", Frames.frame(type: 2, stream: 1, [0, 0, 0, 0, 16])),
            ("unknown", Frames.frame(type: 0xbe, [1])),
        ])
    func aFloodOfFramesThatMoveNothingEndsTheConnection(
        _ name: String, _ frame: [UInt8]
    ) throws {
        let server = try server()
        let count = try repeatUntilAbuse(server, atMost: 2000) { _ in frame }
        #expect(server.session.abuse == .idleFrames, "\(name)")
        #expect((490...510).contains(try #require(count)))
    }

    @Test
    func aFloodInOneReadIsStoppedWithinIt() throws {
        let server = try server()
        let flood = (0..<200_000).flatMap { _ in Frames.ping() }
        try server.receive(flood)
        #expect(server.session.abuse == .idleFrames)
        let frames = try server.frames()
        #expect(frames.last?.errorCode == Self.calm)
        #expect(frames.count { $0.type == 6 } <= 500)
    }

    @Test
    func aSettingsFloodInOneReadIsStoppedWithinIt() throws {
        let server = try server()
        try server.receive((0..<100_000).flatMap { _ in Frames.settings })
        #expect(server.session.abuse == .idleFrames)
        #expect(try server.frames().last?.errorCode == Self.calm)
    }

    @Test
    func slowPingsAreHonest() throws {
        let server = try server()
        let count = try repeatUntilAbuse(server, atMost: 5000) { _ in
            server.now += 25_000_000
            return Frames.ping()
        }
        #expect(count == nil)
    }

    @Test
    func emptyDataFramesEndTheConnection() throws {
        let server = try server()
        try server.receive(Frames.headers(1, Frames.request()))
        let count = try repeatUntilAbuse(server, atMost: 2000) { _ in Frames.data(1, []) }
        #expect(server.session.abuse == .idleFrames)
        #expect(count != nil)
    }

    @Test
    func windowUpdatesWithoutDataEndTheConnection() throws {
        let server = try server()
        let count = try repeatUntilAbuse(server, atMost: 5000) { _ in
            Frames.windowUpdate(0, by: 1)
        }
        #expect(server.session.abuse == .windowUpdates)
        #expect((1990...2010).contains(try #require(count)))
    }

    @Test
    func rapidResetsEndTheConnection() throws {
        let server = try server()
        let count = try repeatUntilAbuse(server, atMost: 10_000) { index in
            let stream = UInt32(2 * index + 1)
            return Frames.headers(stream, Frames.request()) + Frames.reset(stream)
        }
        #expect(server.session.abuse == .peerResets)
        #expect((3990...4010).contains(try #require(count)))
        #expect(server.session.streamCount == 0)
    }

    @Test
    func aBurstOfCancelledCallsIsHonest() throws {
        let server = try server()
        let streams = (0..<1000).map { UInt32(2 * $0 + 1) }
        try server.receive(streams.flatMap { Frames.headers($0, Frames.request()) })
        _ = server.events()
        try server.receive(streams.flatMap { Frames.reset($0) })
        _ = server.events()
        #expect(server.session.abuse == nil)
        #expect(server.session.streamCount == 0)
    }

    @Test(
        arguments: [
            ("window overflow", Frames.windowUpdate(1, by: 0x7fff_ffff)),
            ("trailers with a pseudo-header", Frames.headers(1, [(":path", "/")], endStream: true)),
            ("trailers without an end", Frames.headers(1, [("x", "y")])),
        ])
    func madeYouResetEndsTheConnection(_ name: String, _ frame: [UInt8]) throws {
        let server = try server()
        let count = try repeatUntilAbuse(server, atMost: 5000) { index in
            let stream = UInt32(2 * index + 1)
            var broken = frame
            broken.replaceSubrange(5..<9, with: Frames.integer(stream))
            return Frames.headers(stream, Frames.request()) + broken
        }
        #expect(server.session.abuse == .provokedResets, "\(name)")
        #expect((95...105).contains(try #require(count)))
    }

    @Test(
        arguments: [
            ("empty increment", Frames.windowUpdate(1, by: 0)),
            ("data after the end", Frames.data(1, [1])),
            ("data on an idle stream", Frames.data(99, [1])),
            ("a connection window overflow", Frames.windowUpdate(0, by: 0x7fff_ffff)),
        ])
    func aBrokenConnectionEnds(_ name: String, _ frame: [UInt8]) throws {
        let server = try server()
        try server.receive(Frames.headers(1, Frames.request(), endStream: true) + frame)
        #expect(try server.frames().last?.type == 7, "\(name)")
        #expect(server.session.isFinished)
    }

    @Test
    func aBrokenStreamIsNotOpenForItsOwner() throws {
        let server = try server()
        try server.receive(
            Frames.headers(1, Frames.request()) + Frames.windowUpdate(1, by: 0x7fff_ffff))
        guard case .head(let call, _) = server.session.nextEvent() else {
            Issue.record("no head")
            return
        }
        #expect(!server.session.isOpen(call))
    }

    @Test
    func aHeaderBombEndsTheConnection() throws {
        let server = try server()
        // One field of 3,000 bytes enters the table (literal with indexing); then it is named 15,000 times.
        let field = [0x40] + Frames.string("x") + Frames.string(String(repeating: "a", count: 3000))
        let bomb = field + [UInt8](repeating: 0xbe, count: 12_000)
        try server.receive(
            Frames.frame(type: 1, flags: 4, stream: 1, Frames.block(Frames.request()) + bomb))
        #expect(server.session.abuse == .headerBomb)
        #expect(try server.frames().last?.errorCode == Self.calm)
    }

    @Test
    func tooManyContinuationsEndTheConnection() throws {
        let server = try server()
        let start = Frames.frame(type: 1, flags: 0, stream: 1, Frames.block(Frames.request()))
        let more = (0..<20).flatMap { index in
            Frames.frame(type: 9, stream: 1, Frames.block([("x\(index)", "y")]))
        }
        #expect(throws: HTTP2Failure.self) { try server.receive(start + more) }
    }

    @Test
    func garbageInsteadOfThePrefaceIsAnError() throws {
        let server = try Peer(.server)
        #expect(throws: HTTP2Failure.self) {
            try server.receive(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
        }
    }

    @Test
    func bytesThatAreNoFramesEndTheConnection() throws {
        let server = try server()
        // A frame longer than SETTINGS_MAX_FRAME_SIZE.
        try server.receive([0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1])
        let last = try server.frames().last
        #expect(last?.type == 7)
        #expect(last?.errorCode == 6)
        #expect(server.session.isFinished)
    }

    @Test
    func aTruncatedFrameWaitsForItsRest() throws {
        let server = try server()
        let bytes = Frames.headers(1, Frames.request(), endStream: true)
        for byte in bytes.dropLast() {
            try server.receive([byte])
            #expect(server.events().isEmpty)
        }
        try server.receive([bytes[bytes.count - 1]])
        #expect(server.events().count == 1)
    }

    /// Every prefix and every single-byte change of a good conversation is taken without a crash.
    @Test(arguments: 0..<4)
    func damagedInputIsNeverFatalToTheProcess(_ seed: UInt64) throws {
        let good =
            Frames.hello + Frames.settingsAck + Frames.headers(1, Frames.request())
            + Frames.data(1, Frames.message([1, 2, 3]), endStream: true) + Frames.ping()
            + Frames.headers(3, Frames.request()) + Frames.reset(3)
            + Frames.windowUpdate(0, by: 100) + Frames.frame(type: 7, [0, 0, 0, 0, 0, 0, 0, 0])
        var random = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        func next() -> Int {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            return Int(random >> 33)
        }
        var refused = 0
        for _ in 0..<2000 {
            var bytes = Array(good.prefix(next() % good.count + 1))
            for _ in 0..<1 + next() % 3 {
                bytes[next() % bytes.count] = UInt8(truncatingIfNeeded: next())
            }
            let server = try Peer(.server)
            do { try server.receive(bytes) } catch { refused += 1 }
            while let event = server.session.nextEvent() {
                if case .head(let ref, _) = event { _ = server.session.takeHead(ref) }
                if case .data(let ref, _) = event { _ = server.inbound(ref) }
            }
            do { _ = try server.output() } catch { refused += 1 }
        }
        #expect(refused > 0)
    }
}
