import GRPC
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CancellationTests {
    /// A router whose unary method works until it is cancelled, and says so.
    private func router(started: Signal, stopped: Signal) -> RPCRouter {
        var router = RPCRouter()
        router.unary(Text.echo) { text, _ in
            started.set()
            await Signal.cancellation()
            stopped.set()
            return text
        }
        return router
    }

    @Test(arguments: TransportKind.allCases)
    func aDeadlineEndsTheCallAndStopsTheWork(_ kind: TransportKind) async throws {
        let (started, stopped) = (Signal(), Signal())
        try await withClient(kind, router(started: started, stopped: stopped)) {
            client async throws in
            let clock = ContinuousClock()
            let begin = clock.now
            let error = try await rpcError {
                try await client.unary(Text.echo, "x", timeout: .milliseconds(1500))
            }
            #expect(error.code == .deadlineExceeded)
            #expect(clock.now - begin >= .milliseconds(1490))
            await stopped.wait()
            #expect(stopped.isSet)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func theHandlerKnowsTheDeadline(_ kind: TransportKind) async throws {
        var router = RPCRouter()
        router.unary(Text.echo) { _, context in
            guard let deadline = context.deadline else { return "none" }
            let left = deadline - .now
            return left > .seconds(20) && left <= .seconds(30) ? "soon" : "\(left)"
        }
        try await withClient(kind, router) { client async throws in
            #expect(try await client.unary(Text.echo, "", timeout: .seconds(30)) == "soon")
            #expect(try await client.unary(Text.echo, "") == "none")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aDeadlineThatIsOverStartsNothing(_ kind: TransportKind) async throws {
        let (started, stopped) = (Signal(), Signal())
        try await withClient(kind, router(started: started, stopped: stopped)) {
            client async throws in
            let error = try await rpcError {
                try await client.unary(Text.echo, "x", timeout: .seconds(-1))
            }
            #expect(error.code == .deadlineExceeded)
        }
        #expect(!started.isSet)
    }

    @Test(arguments: TransportKind.allCases)
    func cancellingTheCallerStopsTheWork(_ kind: TransportKind) async throws {
        let (started, stopped) = (Signal(), Signal())
        try await withClient(kind, router(started: started, stopped: stopped)) {
            client async throws in
            let task = Task { try await client.unary(Text.echo, "x") }
            await started.wait()
            task.cancel()
            let error = try await rpcError { try await task.value }
            #expect(error.code == .cancelled)
            await stopped.wait()
            #expect(stopped.isSet)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func closingTheClientEndsItsCalls(_ kind: TransportKind) async throws {
        let (started, stopped) = (Signal(), Signal())
        try await withClient(kind, router(started: started, stopped: stopped)) {
            client async throws in
            let task = Task { try await client.unary(Text.echo, "x") }
            await started.wait()
            await client.close()
            let error = try await rpcError { try await task.value }
            #expect(error.code == .unavailable)
            await stopped.wait()
            let late = try await rpcError { try await client.unary(Text.echo, "y") }
            #expect(late.code == .unavailable)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aDroppedResponseStreamStopsItsHandler(_ kind: TransportKind) async throws {
        let stopped = Signal()
        var router = RPCRouter()
        router.streaming(Text.echo) { _, writer, _ in
            try await writer.write("first")
            await Signal.cancellation()
            stopped.set()
        }
        try await withClient(kind, router) { client async throws in
            for try await text in try client.streaming(Text.echo, "x") {
                #expect(text == "first")
                break
            }
            await stopped.wait()
            #expect(stopped.isSet)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aDeadlineStopsAStreamThatHasBegun(_ kind: TransportKind) async throws {
        let stopped = Signal()
        var router = RPCRouter()
        router.streaming(Text.echo) { requests, writer, _ in
            try await writer.write("first")
            do {
                for try await _ in requests {}
                await Signal.cancellation()
                stopped.set()
                throw RPCError(.internalError, "the deadline came first")
            }
        }
        try await withClient(kind, router) { client async throws in
            var received: [String] = []
            let error = try await rpcError {
                let stream = try client.streaming(
                    Text.echo, "x", timeout: .milliseconds(1500))
                for try await text in stream { received.append(text) }
            }
            #expect(received == ["first"])
            #expect(error.code == .deadlineExceeded)
            await stopped.wait()
            #expect(stopped.isSet)
        }
    }
}
