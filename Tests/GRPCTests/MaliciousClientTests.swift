import GRPC
import HTTP2
import HTTP2Testing
import Testing

/// Clients that write frames by hand, against a server on a socket.
@Suite(.timeLimit(.minutes(1)))
struct MaliciousClientTests {
    private static let calm: UInt32 = 0xb

    private func router(stopped: Counter = Counter(), started: Counter = Counter()) -> RPCRouter {
        var router = RPCRouter()
        router.unary(Bytes.method("Echo")) { bytes, _ in bytes }
        router.unary(Bytes.method("Wait")) { bytes, _ in
            started.increment()
            await Signal.cancellation()
            stopped.increment()
            return bytes
        }
        router.unary(Bytes.method("Large")) { _, _ in [UInt8](repeating: 1, count: 1_000_000) }
        router.streaming(Bytes.method("Flood")) { _, writer, _ in
            started.increment()
            do {
                while true { try await writer.write([UInt8](repeating: 1, count: 16 * 1024)) }
            } catch {
                stopped.increment()
                throw error
            }
        }
        return router
    }

    /// The connection must end with GOAWAY `code`, and the server must still serve others.
    private func expectGoodbye(_ client: RawClient, code: UInt32, port: Int) async throws {
        #expect(await eventually { client.isClosed })
        let goodbye = client.frames.last { $0.type == 7 }
        #expect(goodbye?.errorCode == code)
        let honest = try await RawClient.connect(port: port)
        try await honest.send(
            Frames.hello + Frames.headers(1, Frames.request())
                + Frames.data(1, Frames.message([5]), endStream: true))
        #expect(
            await eventually {
                honest.frames.contains { $0.type == 0 && $0.payload == Frames.message([5]) }
            })
        await honest.close()
    }

    @Test(arguments: [Frames.ping(), Frames.settings, Frames.frame(type: 0xbe, [0])])
    func aFloodEndsTheConnection(_ frame: [UInt8]) async throws {
        try await withServer(router()) { port async throws in
            let client = try await RawClient.connect(port: port)
            client.post(Frames.hello)
            let batch = (0..<1000).flatMap { _ in frame }
            for _ in 0..<20 { client.post(batch) }
            try await expectGoodbye(client, code: Self.calm, port: port)
        }
    }

    @Test
    func aFloodFromAClientThatDoesNotReadEndsToo() async throws {
        var limits = GRPCLimits()
        limits.writeStallMillisecondsMax = 500
        let server = router()
        try await withServer(server, limits: limits) { port async throws in
            let client = try await RawClient.connect(
                port: port, reads: false, receiveBufferBytes: 4096)
            client.post(Frames.hello)
            let batch = (0..<1000).flatMap { _ in Frames.ping() }
            for _ in 0..<20 { client.post(batch) }
            // Whatever ends it, the client's bytes find no taker any more.
            #expect(
                await eventually {
                    do {
                        try await client.send(Frames.ping())
                        return false
                    } catch {
                        return true
                    }
                })
        }
    }

    @Test
    func rapidResetsEndTheConnectionAndStartNoHandlers() async throws {
        var limits = GRPCLimits()
        limits.http2.peerResetsBurst = 100
        let started = Counter()
        try await withServer(router(started: started), limits: limits) { port async throws in
            let client = try await RawClient.connect(port: port)
            client.post(
                Frames.hello
                    + (0..<500).flatMap { index in
                        let stream = UInt32(2 * index + 1)
                        return Frames.headers(stream, Frames.request("/test.Text/Wait"))
                            + Frames.data(stream, Frames.message([1]), endStream: true)
                            + Frames.reset(stream)
                    })
            try await expectGoodbye(client, code: Self.calm, port: port)
            #expect(started.value == 0)
        }
    }

    @Test
    func madeYouResetEndsTheConnection() async throws {
        try await withServer(router()) { port async throws in
            let client = try await RawClient.connect(port: port)
            client.post(
                Frames.hello
                    + (0..<2000).flatMap { index in
                        let stream = UInt32(2 * index + 1)
                        return Frames.headers(stream, Frames.request("/test.Text/Wait"))
                            + Frames.windowUpdate(stream, by: 0x7fff_ffff)
                    })
            try await expectGoodbye(client, code: Self.calm, port: port)
        }
    }

    @Test
    func aStreamThatIsBrokenLaterStopsItsHandler() async throws {
        let (started, stopped) = (Counter(), Counter())
        try await withServer(router(stopped: stopped, started: started)) { port async throws in
            let client = try await RawClient.connect(port: port)
            try await client.send(
                Frames.hello + Frames.headers(1, Frames.request("/test.Text/Wait"))
                    + Frames.data(1, Frames.message([1]), endStream: true))
            #expect(await eventually { started.value == 1 })
            try await client.send(Frames.windowUpdate(1, by: 0x7fff_ffff))
            #expect(await eventually { stopped.value == 1 })
            #expect(await eventually { client.frames.contains { $0.type == 3 } })
            #expect(!client.isClosed)
            await client.close()
        }
    }

    @Test
    func aResetStreamStopsItsHandler() async throws {
        let (started, stopped) = (Counter(), Counter())
        try await withServer(router(stopped: stopped, started: started)) { port async throws in
            let client = try await RawClient.connect(port: port)
            try await client.send(
                Frames.hello + Frames.headers(1, Frames.request("/test.Text/Wait"))
                    + Frames.data(1, Frames.message([1]), endStream: true))
            #expect(await eventually { started.value == 1 })
            try await client.send(Frames.reset(1))
            #expect(await eventually { stopped.value == 1 })
            await client.close()
        }
    }

    @Test
    func aLostConnectionStopsItsHandlers() async throws {
        let (started, stopped) = (Counter(), Counter())
        try await withServer(router(stopped: stopped, started: started)) { port async throws in
            let client = try await RawClient.connect(port: port)
            try await client.send(
                Frames.hello
                    + [1, 3, 5].flatMap {
                        Frames.headers($0, Frames.request("/test.Text/Wait"))
                            + Frames.data($0, Frames.message([1]), endStream: true)
                    })
            #expect(await eventually { started.value == 3 })
            await client.close()
            #expect(await eventually { stopped.value == 3 })
        }
    }

    @Test
    func garbageClosesTheConnection() async throws {
        try await withServer(router()) { port async throws in
            let client = try await RawClient.connect(port: port)
            client.post(Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
            #expect(await eventually { client.isClosed })
        }
    }

    @Test
    func anOversizedFrameClosesTheConnection() async throws {
        try await withServer(router()) { port async throws in
            let client = try await RawClient.connect(port: port)
            client.post(Frames.hello + [0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1])
            try await expectGoodbye(client, code: 6, port: port)
        }
    }

    @Test
    func hugeHeadersAreRefusedAndTheConnectionGoesOn() async throws {
        try await withServer(router()) { port async throws in
            let client = try await RawClient.connect(port: port)
            let value = String(repeating: "a", count: 5000)
            let block = Frames.block(
                Frames.request() + (0..<4).map { ("x-\($0)", value) })
            let parts = stride(from: 0, to: block.count, by: 10_000).map {
                Array(block[$0..<min($0 + 10_000, block.count)])
            }
            var bytes = Frames.frame(type: 1, flags: 1, stream: 1, parts[0])
            for (index, part) in parts.enumerated().dropFirst() {
                let isLast = index == parts.count - 1
                bytes += Frames.frame(type: 9, flags: isLast ? 4 : 0, stream: 1, part)
            }
            try await client.send(Frames.hello + bytes)
            #expect(await eventually { client.frames.contains { $0.stream == 1 && $0.type == 1 } })
            #expect(client.frames.first { $0.stream == 1 }?.flags == 5)
            try await client.send(
                Frames.headers(3, Frames.request())
                    + Frames.data(3, Frames.message([5]), endStream: true))
            #expect(
                await eventually {
                    client.frames.contains {
                        $0.stream == 3 && $0.type == 0 && $0.payload == Frames.message([5])
                    }
                })
            await client.close()
        }
    }

    @Test
    func aSilentConnectionIsClosedWhenItShakesNoHands() async throws {
        var limits = GRPCLimits()
        limits.handshakeMillisecondsMax = 200
        try await withServer(router(), limits: limits) { port async throws in
            let client = try await RawClient.connect(port: port)
            #expect(await eventually { client.isClosed })
        }
    }

    @Test
    func anIdleConnectionIsClosedPolitely() async throws {
        var limits = GRPCLimits()
        limits.idleMillisecondsMax = 1500
        try await withServer(router(), limits: limits) { port async throws in
            let client = try await RawClient.connect(port: port)
            try await client.send(Frames.hello)
            try await expectGoodbye(client, code: 0, port: port)
        }
    }

    @Test
    func aPeerWithoutASignOfLifeIsGivenUp() async throws {
        var limits = GRPCLimits()
        limits.keepaliveIntervalMilliseconds = 700
        limits.keepaliveMillisecondsMax = 700
        let stopped = Counter()
        try await withServer(router(stopped: stopped), limits: limits) { port async throws in
            let client = try await RawClient.connect(port: port)
            try await client.send(
                Frames.hello + Frames.headers(1, Frames.request("/test.Text/Wait"))
                    + Frames.data(1, Frames.message([1]), endStream: true))
            // It never answers the PING.
            #expect(await eventually { client.isClosed })
            #expect(client.frames.contains { $0.type == 6 && $0.flags == 0 })
            #expect(await eventually { stopped.value == 1 })
        }
    }

    @Test
    func aRequestThatNeverEndsIsRefusedInTime() async throws {
        var limits = GRPCLimits()
        limits.requestMillisecondsMax = 200
        try await withServer(router(), limits: limits) { port async throws in
            let client = try await RawClient.connect(port: port)
            try await client.send(
                Frames.hello + Frames.headers(1, Frames.request())
                    + Frames.data(1, Frames.message([1, 2], length: 100)))
            #expect(
                await eventually {
                    client.frames.contains { $0.stream == 1 && $0.type == 1 && $0.flags & 1 == 1 }
                })
            #expect(
                await eventually { client.frames.contains { $0.type == 3 && $0.errorCode == 0 } })
            #expect(!client.isClosed)
            await client.close()
        }
    }

    @Test
    func aReaderThatOpensNoWindowLosesItsStreamAndStopsTheWriter() async throws {
        var limits = GRPCLimits()
        limits.streamStallMillisecondsMax = 300
        let (started, stopped) = (Counter(), Counter())
        let router = router(stopped: stopped, started: started)
        try await withServer(router, limits: limits) { port async throws in
            let client = try await RawClient.connect(port: port)
            try await client.send(
                Frames.hello
                    + Frames.headers(1, Frames.request("/test.Text/Flood"), endStream: true))
            #expect(await eventually { stopped.value == 1 })
            #expect(
                await eventually {
                    client.frames.filter { $0.type == 0 }.reduce(0) { $0 + $1.payload.count }
                        == 65_535
                })
            #expect(
                await eventually { client.frames.last { $0.type == 3 }?.errorCode == Self.calm })
            await client.close()
        }
    }

    @Test
    func aReaderThatDoesNotReadItsSocketLosesTheConnection() async throws {
        var limits = GRPCLimits()
        limits.writeStallMillisecondsMax = 300
        let (started, stopped) = (Counter(), Counter())
        let router = router(stopped: stopped, started: started)
        try await withServer(router, limits: limits) { port async throws in
            let client = try await RawClient.connect(
                port: port, reads: false, receiveBufferBytes: 4096)
            // Windows as large as they can be, so that only the socket holds the server back.
            try await client.send(
                Frames.preface + Frames.frame(type: 4, [0, 4, 0x7f, 0xff, 0xff, 0xff])
                    + Frames.windowUpdate(0, by: 0x7fff_0000)
                    + Frames.headers(1, Frames.request("/test.Text/Flood"), endStream: true))
            #expect(await eventually { started.value == 1 })
            #expect(await eventually { stopped.value == 1 })
            await client.close()
        }
    }

    @Test
    func unreadResponsesAreBounded() async throws {
        var limits = GRPCLimits()
        limits.messageBytesMax = 1_000_000
        limits.connectionOutboundBytesMax = 3_000_000
        try await withServer(router(), limits: limits) { port async throws in
            let client = try await RawClient.connect(port: port)
            // Ten responses of a megabyte, of which no byte may be sent.
            try await client.send(
                Frames.preface + Frames.frame(type: 4, [0, 4, 0, 0, 0, 0])
                    + (0..<10).flatMap { index in
                        let stream = UInt32(2 * index + 1)
                        return Frames.headers(stream, Frames.request("/test.Text/Large"))
                            + Frames.data(stream, Frames.message([]), endStream: true)
                    })
            #expect(
                await eventually {
                    client.frames.count { $0.type == 1 && $0.flags & 1 == 1 } == 8
                })
            #expect(client.frames.count { $0.type == 1 && $0.flags & 1 == 0 } == 2)
            await client.close()
        }
    }

    @Test
    func unfinishedRequestsAreBounded() async throws {
        var limits = GRPCLimits()
        limits.messageBytesMax = 100_000
        limits.connectionInboundBytesMax = 250_000
        try await withServer(router(), limits: limits) { port async throws in
            let client = try await RawClient.connect(port: port)
            let part = [UInt8](repeating: 0, count: 10_000)
            try await client.send(Frames.hello + Frames.settingsAck)
            for index in 0..<4 {
                let stream = UInt32(2 * index + 1)
                var bytes =
                    Frames.headers(stream, Frames.request())
                    + Frames.data(stream, Frames.message(part, length: 100_000))
                for _ in 0..<8 { bytes += Frames.data(stream, part) }
                try await client.send(bytes)
            }
            // Three requests of 90,000 bytes are more than the limit, so one of them is refused.
            #expect(
                await eventually {
                    client.frames.contains { $0.type == 1 && $0.flags & 1 == 1 }
                })
            #expect(!client.isClosed)
            await client.close()
        }
    }

    @Test
    func handlersOfCancelledCallsStillCount() async throws {
        var limits = GRPCLimits()
        limits.connectionHandlersMax = 10
        let mayEnd = Signal()
        let started = Counter()
        var router = RPCRouter()
        router.unary(Bytes.method("Stubborn")) { bytes, _ in
            started.increment()
            // A handler that does not heed its cancellation.
            await Task { await mayEnd.wait() }.value
            return bytes
        }
        try await withServer(router, limits: limits) { port async throws in
            let client = try await RawClient.connect(port: port)
            try await client.send(Frames.hello)
            for index in 0..<15 {
                let stream = UInt32(2 * index + 1)
                try await client.send(
                    Frames.headers(stream, Frames.request("/test.Text/Stubborn"))
                        + Frames.data(stream, Frames.message([1]), endStream: true))
                if index < 10 { #expect(await eventually { started.value == index + 1 }) }
                try await client.send(Frames.reset(stream))
            }
            try await client.send(
                Frames.headers(101, Frames.request("/test.Text/Stubborn"))
                    + Frames.data(101, Frames.message([1]), endStream: true))
            #expect(await eventually { client.frames.contains { $0.stream == 101 } })
            #expect(started.value == 10)
            mayEnd.set()
            await client.close()
        }
    }

    @Test
    func connectionsBeyondTheLimitAreClosed() async throws {
        var limits = GRPCLimits()
        limits.connectionsPerAddressMax = 3
        try await withServer(router(), limits: limits) { port async throws in
            var clients: [RawClient] = []
            for _ in 0..<3 {
                let client = try await RawClient.connect(port: port)
                try await client.send(Frames.hello)
                #expect(await eventually { !client.frames.isEmpty })
                clients.append(client)
            }
            let fourth = try await RawClient.connect(port: port)
            #expect(await eventually { fourth.isClosed })
            await clients[0].close()
            #expect(
                await eventually {
                    guard let next = try? await RawClient.connect(port: port) else { return false }
                    next.post(Frames.hello)
                    defer { Task { await next.close() } }
                    return await eventually { !next.frames.isEmpty || next.isClosed }
                        && !next.isClosed
                })
            for client in clients { await client.close() }
        }
    }
}
