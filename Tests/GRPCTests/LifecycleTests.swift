import GRPC
import HTTP2
import NIOCore
import NIOPosix
import Testing

/// Servers and connections that come and go.
@Suite(.timeLimit(.minutes(1)))
struct LifecycleTests {
    private func makeServer(_ router: RPCRouter, limits: GRPCLimits = .init()) -> GRPCServer {
        GRPCServer(
            router: router, limits: limits, eventLoopGroup: .singletonMultiThreadedEventLoopGroup)
    }

    private func makeClient(port: Int, limits: GRPCLimits = .init()) -> RPCClient {
        .http2(
            host: "127.0.0.1", port: port, eventLoopGroup: .singletonMultiThreadedEventLoopGroup,
            limits: limits)
    }

    private var echo: RPCRouter {
        var router = RPCRouter()
        router.unary(Text.echo) { text, _ in text }
        return router
    }

    @Test
    func aShutdownLetsARunningCallFinishAndTakesNoNewOnes() async throws {
        let (started, mayEnd) = (Signal(), Signal())
        var router = RPCRouter()
        router.unary(Text.echo) { text, _ in
            if text == "slow" {
                started.set()
                await mayEnd.wait()
            }
            return text
        }
        let server = makeServer(router)
        let port = try #require(try await server.start(host: "127.0.0.1", port: 0).port)
        let client = makeClient(port: port)
        let running = Task { try await client.unary(Text.echo, "slow") }
        await started.wait()
        let shutdown = Task { await server.shutdown(grace: .seconds(20)) }
        // Soon after, the client knows that the connection takes no more, and no other can be made.
        #expect(
            await eventually {
                do {
                    _ = try await client.unary(Text.echo, "new")
                    return false
                } catch {
                    return (error as? RPCError)?.code == .unavailable
                }
            })
        mayEnd.set()
        #expect(try await running.value == "slow")
        await shutdown.value
        #expect(server.connectionCount == 0)
        await client.close()
    }

    @Test
    func aShutdownCancelsWhatTakesLongerThanItsGrace() async throws {
        let (started, stopped) = (Signal(), Signal())
        var router = RPCRouter()
        router.unary(Text.echo) { text, _ in
            started.set()
            await Signal.cancellation()
            stopped.set()
            return text
        }
        let server = makeServer(router)
        let port = try #require(try await server.start(host: "127.0.0.1", port: 0).port)
        let client = makeClient(port: port)
        let running = Task { try await client.unary(Text.echo, "slow") }
        await started.wait()
        await server.shutdown(grace: .milliseconds(100))
        let error = try await rpcError { try await running.value }
        #expect(error == RPCError(.unavailable, "the server is shutting down"))
        await stopped.wait()
        #expect(stopped.isSet)
        await client.close()
    }

    @Test
    func aServerThatNeverStartedShutsDown() async {
        await makeServer(echo).shutdown(grace: .seconds(1))
    }

    @Test
    func aRunningServerStartsNoSecondTime() async throws {
        let server = makeServer(echo)
        _ = try await server.start(host: "127.0.0.1", port: 0)
        await #expect(throws: GRPCServerError.notNew) {
            try await server.start(host: "127.0.0.1", port: 0)
        }
        await server.shutdown(grace: .zero)
    }

    @Test
    func anAddressInUseIsSaidToBe() async throws {
        try await withServer(echo) { port async throws in
            let other = makeServer(echo)
            await #expect(throws: GRPCServerError.addressInUse(host: "127.0.0.1", port: port)) {
                try await other.start(host: "127.0.0.1", port: port)
            }
        }
    }

    @Test
    func badLimitsKeepAServerFromStarting() async {
        var limits = GRPCLimits()
        limits.connectionInboundBytesMax = 10
        let server = makeServer(echo, limits: limits)
        await #expect(throws: GRPCServerError.badLimits(limits.problems)) {
            try await server.start(host: "127.0.0.1", port: 0)
        }
        #expect(limits.problems.count == 1)
        #expect(GRPCLimits().problems.isEmpty)
    }

    @Test
    func aCallFailsAtOnceWhereNobodyListens() async throws {
        var limits = GRPCLimits()
        limits.backoffMilliseconds = 60_000
        limits.backoffMillisecondsMax = 60_000
        let port = try await freePort()
        let client = makeClient(port: port, limits: limits)
        let first = try await rpcError { try await client.unary(Text.echo, "x") }
        #expect(first.code == .unavailable)
        #expect(first.message.contains("cannot connect to 127.0.0.1:\(port)"))
        #expect(first.message.contains("refused"))
        // During the pause the same answer comes without another attempt.
        let second = try await rpcError { try await client.unary(Text.echo, "x") }
        #expect(second == first)
        await client.close()
    }

    @Test
    func aClientConnectsWhenTheServerHasCome() async throws {
        var limits = GRPCLimits()
        limits.backoffMilliseconds = 10
        let port = try await freePort()
        let client = makeClient(port: port, limits: limits)
        let error = try await rpcError { try await client.unary(Text.echo, "x") }
        #expect(error.code == .unavailable)
        let server = makeServer(echo)
        _ = try await server.start(host: "127.0.0.1", port: port)
        #expect(await eventually { (try? await client.unary(Text.echo, "x")) == "x" })
        await client.close()
        await server.shutdown(grace: .zero)
    }

    @Test
    func aClientReconnectsAfterARestart() async throws {
        var limits = GRPCLimits()
        limits.backoffMilliseconds = 10
        let first = makeServer(echo)
        let port = try #require(try await first.start(host: "127.0.0.1", port: 0).port)
        let client = makeClient(port: port, limits: limits)
        #expect(try await client.unary(Text.echo, "before") == "before")
        await first.shutdown(grace: .zero)
        let second = makeServer(echo)
        _ = try await second.start(host: "127.0.0.1", port: port)
        #expect(await eventually { (try? await client.unary(Text.echo, "after")) == "after" })
        await client.close()
        await second.shutdown(grace: .zero)
    }

    @Test
    func allCallsShareOneConnection() async throws {
        let server = makeServer(echo)
        let port = try #require(try await server.start(host: "127.0.0.1", port: 0).port)
        let client = makeClient(port: port)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask { _ = try await client.unary(Text.echo, "x") }
            }
            try await group.waitForAll()
        }
        #expect(server.connectionCount == 1)
        await client.close()
        #expect(await eventually { server.connectionCount == 0 })
        await server.shutdown(grace: .zero)
    }

    @Test
    func aConnectionThatTheServerClosesForIdlenessIsMadeAgain() async throws {
        var limits = GRPCLimits()
        // Long enough that a busy machine does not close a connection that was just made.
        limits.idleMillisecondsMax = 500
        try await withServer(echo, limits: limits) { port async throws in
            let client = makeClient(port: port)
            for _ in 0..<3 {
                #expect(try await client.unary(Text.echo, "x") == "x")
                try await Task.sleep(for: .milliseconds(1_000))
            }
            await client.close()
        }
    }

    @Test
    func aServerThatDoesNotSpeakHTTP2IsUnavailable() async throws {
        var limits = GRPCLimits()
        limits.connectMillisecondsMax = 2000
        let mute = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).get()
        let client = makeClient(
            port: try #require(mute.localAddress?.port), limits: limits)
        let error = try await rpcError { try await client.unary(Text.echo, "x") }
        #expect(error.code == .unavailable)
        #expect(error.message.contains("does not speak HTTP/2"))
        await client.close()
        try await mute.close()
    }

    @Test
    func aClientThatNobodyNamesStillServesItsStream() async throws {
        var router = RPCRouter()
        router.streaming(Text.echo) { _, writer, _ in
            for index in 0..<50 {
                try await writer.write("\(index)")
                try await Task.sleep(for: .milliseconds(2))
            }
        }
        try await withServer(router) { port async throws in
            var count = 0
            for try await _ in try makeClient(port: port).streaming(Text.echo, "x") { count += 1 }
            #expect(count == 50)
        }
    }

    @Test
    func callsBeyondTheServersStreamsWait() async throws {
        var limits = GRPCLimits()
        limits.http2.concurrentStreamsMax = 4
        try await withServer(echo, limits: limits) { port async throws in
            let client = makeClient(port: port)
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<500 {
                    group.addTask {
                        try await client.unary(Text.echo, "\(index)") == "\(index)"
                    }
                }
                var right = 0
                for try await isRight in group where isRight { right += 1 }
                #expect(right == 500)
            }
            await client.close()
        }
    }

    @Test(
        arguments: [
            "https://127.0.0.1:1", "127.0.0.1:50051", "http://127.0.0.1", "http://:50051",
            "http://host:0", "http://host:65536", "http://host:x", "http://a:b:1",
            "http://host:1/path", "http://user@host:1", "",
        ])
    func otherURLsAreRefused(_ url: String) {
        #expect(throws: (any Error).self) {
            try RPCClient.http2(
                url: url, eventLoopGroup: .singletonMultiThreadedEventLoopGroup)
        }
    }

    @Test
    func aURLNamesAServer() async throws {
        try await withServer(echo) { port async throws in
            let client = try RPCClient.http2(
                url: "http://127.0.0.1:\(port)/",
                eventLoopGroup: .singletonMultiThreadedEventLoopGroup)
            #expect(try await client.unary(Text.echo, "x") == "x")
            await client.close()
        }
    }

    /// A port on which nobody listens.
    private func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(channel.localAddress?.port)
        try await channel.close()
        return port
    }
}
