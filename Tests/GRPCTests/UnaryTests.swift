import GRPC
import Testing

@Suite(.timeLimit(.minutes(1)))
struct UnaryTests {
    private func router(
        _ handler: @escaping @Sendable (String, RPCServerContext) async throws -> String
    ) -> RPCRouter {
        var router = RPCRouter()
        router.unary(Text.echo, handler: handler)
        return router
    }

    @Test(arguments: TransportKind.allCases)
    func aResponseComesBack(_ kind: TransportKind) async throws {
        try await withClient(kind, router { text, _ in "<\(text)>" }) { client async throws in
            #expect(try await client.unary(Text.echo, "hello") == "<hello>")
            #expect(try await client.unary(Text.echo, "") == "<>")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aHandlerThatSuspendsAnswersToo(_ kind: TransportKind) async throws {
        let router = router { text, _ in
            try await Task.sleep(for: .milliseconds(5))
            return text
        }
        try await withClient(kind, router) { client async throws in
            #expect(try await client.unary(Text.echo, "later") == "later")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func anErrorOfTheHandlerArrivesAsItIs(_ kind: TransportKind) async throws {
        let thrown = RPCError(.failedPrecondition, "100 % ünïcode ✓ \n\r\u{0}~")
        try await withClient(kind, router { _, _ in throw thrown }) { client async throws in
            let error = try await rpcError { try await client.unary(Text.echo, "x") }
            #expect(error == thrown)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func anUnknownErrorOfTheHandlerIsNotLeaked(_ kind: TransportKind) async throws {
        struct Secret: Error { let word = "swordfish" }
        try await withClient(kind, router { _, _ in throw Secret() }) { client async throws in
            let error = try await rpcError { try await client.unary(Text.echo, "x") }
            #expect(error.code == .unknown)
            #expect(!error.message.contains("swordfish"))
            #expect(!error.message.contains("Secret"))
        }
    }

    @Test(arguments: TransportKind.allCases)
    func anUnknownMethodIsUnimplemented(_ kind: TransportKind) async throws {
        try await withClient(kind, router { text, _ in text }) { client async throws in
            let error = try await rpcError { try await client.unary(Text.missing, "x") }
            #expect(
                error == RPCError(.unimplemented, "unknown method Missing of service test.Text"))
        }
    }

    @Test(arguments: TransportKind.allCases)
    func anUnknownServiceIsUnimplemented(_ kind: TransportKind) async throws {
        try await withClient(kind, RPCRouter()) { client async throws in
            let error = try await rpcError { try await client.unary(Text.echo, "x") }
            #expect(error == RPCError(.unimplemented, "unknown service test.Text"))
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aRequestThatCannotBeDecodedIsAnInvalidArgument(_ kind: TransportKind) async throws {
        try await withClient(kind, router { text, _ in text }) { client async throws in
            let error = try await rpcError {
                try await client.unary(Bytes.method("Echo"), [0xff, 0xfe])
            }
            #expect(error.code == .invalidArgument)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aResponseThatCannotBeDecodedIsAnInternalError(_ kind: TransportKind) async throws {
        var router = RPCRouter()
        router.unary(Bytes.method("Echo")) { _, _ in [0xff, 0xfe] }
        try await withClient(kind, router) { client async throws in
            let error = try await rpcError { try await client.unary(Text.echo, "x") }
            #expect(error.code == .internalError)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func metadataGoesBothWays(_ kind: TransportKind) async throws {
        let router = router { _, context in
            var initial = RPCMetadata()
            try initial.append("x-initial", "first")
            context.setInitialMetadata(initial)
            var trailing = RPCMetadata()
            try trailing.append("x-trailing-bin", binary: [0, 255, 7])
            context.setTrailingMetadata(trailing)
            let metadata = context.metadata
            let bytes = metadata.binary("x-bytes-bin") ?? []
            return "\(metadata.text("x-text") ?? "-") \(bytes)"
        }
        var metadata = RPCMetadata()
        try metadata.append("x-text", "some text")
        try metadata.append("x-bytes-bin", binary: [1, 2, 3, 250])
        try await withClient(kind, router) { client async throws in
            let response = try await client.unaryWithMetadata(
                Text.echo, "", metadata: metadata)
            #expect(response.message == "some text [1, 2, 3, 250]")
            #expect(response.initialMetadata.text("x-initial") == "first")
            #expect(response.trailingMetadata.binary("x-trailing-bin") == [0, 255, 7])
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aMessageOfExactlyTheLimitPassesAndOneByteMoreDoesNot(_ kind: TransportKind) async throws {
        var limits = GRPCLimits()
        limits.messageBytesMax = 100_000
        let echo = Bytes.method("Bytes")
        let grow = Bytes.method("Grow")
        var router = RPCRouter()
        router.unary(echo) { bytes, _ in bytes }
        router.unary(grow) { bytes, _ in bytes + [0] }
        try await withClient(kind, router, limits: limits) { client async throws in
            let largest = [UInt8](repeating: 7, count: 100_000)
            #expect(try await client.unary(echo, largest) == largest)
            let tooLarge = try await rpcError { try await client.unary(echo, largest + [0]) }
            #expect(tooLarge.code == .resourceExhausted)
            let grown = try await rpcError { try await client.unary(grow, largest) }
            #expect(grown.code == .resourceExhausted)
            #expect(try await client.unary(echo, [1]) == [1])
        }
    }

    @Test(arguments: TransportKind.allCases)
    func metadataBeyondTheLimitIsRefused(_ kind: TransportKind) async throws {
        try await withClient(kind, router { text, _ in text }) { client async throws in
            var metadata = RPCMetadata()
            try metadata.append("x-large", String(repeating: "a", count: 20_000))
            let error = try await rpcError {
                try await client.unary(Text.echo, "x", metadata: metadata)
            }
            #expect(error.code == .resourceExhausted)
            #expect(try await client.unary(Text.echo, "still there") == "still there")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func thousandsOfCallsRunAtOnce(_ kind: TransportKind) async throws {
        let count = 5000
        let router = router { text, _ in
            await Task.yield()
            return text
        }
        try await withClient(kind, router) { client async throws in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<count {
                    group.addTask { try await client.unary(Text.echo, "\(index)") == "\(index)" }
                }
                var right = 0
                for try await isRight in group where isRight { right += 1 }
                #expect(right == count)
            }
        }
    }

    @Test(arguments: TransportKind.allCases)
    func callsBeyondTheLimitOfAClientAreRefused(_ kind: TransportKind) async throws {
        var limits = GRPCLimits()
        limits.clientCallsMax = 2
        let router = router { text, _ in
            await Signal.cancellation()
            return text
        }
        try await withClient(kind, router, limits: limits) { client async throws in
            let first = try client.streaming(Text.echo, "1")
            let second = try client.streaming(Text.echo, "2")
            let error = try await rpcError { try await client.unary(Text.echo, "3") }
            #expect(error.code == .resourceExhausted)
            first.cancel()
            second.cancel()
        }
    }
}
