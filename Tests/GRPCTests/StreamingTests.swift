import GRPC
import Testing

@Suite(.timeLimit(.minutes(1)))
struct StreamingTests {
    @Test(arguments: TransportKind.allCases)
    func allResponsesComeInOrder(_ kind: TransportKind) async throws {
        var router = RPCRouter()
        router.streaming(Text.echo) { requests, writer, _ in
            for try await request in requests {
                for index in 0..<1000 { try await writer.write("\(request)\(index)") }
            }
        }
        try await withClient(kind, router) { client async throws in
            var received: [String] = []
            for try await text in try client.streaming(Text.echo, "n") { received.append(text) }
            #expect(received == (0..<1000).map { "n\($0)" })
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aStreamWithoutResponsesEnds(_ kind: TransportKind) async throws {
        var router = RPCRouter()
        router.streaming(Text.echo) { _, _, context in
            var trailing = RPCMetadata()
            try trailing.append("x-end", "yes")
            context.setTrailingMetadata(trailing)
        }
        try await withClient(kind, router) { client async throws in
            let stream = try client.streaming(Text.echo, "x")
            var count = 0
            for try await _ in stream { count += 1 }
            #expect(count == 0)
            #expect(stream.trailingMetadata?.text("x-end") == "yes")
        }
    }

    @Test(arguments: TransportKind.allCases)
    func anErrorComesAfterTheResponsesBeforeIt(_ kind: TransportKind) async throws {
        var router = RPCRouter()
        router.streaming(Text.echo) { _, writer, _ in
            try await writer.write("one")
            try await writer.write("two")
            throw RPCError(.dataLoss, "no more")
        }
        try await withClient(kind, router) { client async throws in
            var received: [String] = []
            let error = try await rpcError {
                for try await text in try client.streaming(Text.echo, "x") {
                    received.append(text)
                }
            }
            #expect(received == ["one", "two"])
            #expect(error == RPCError(.dataLoss, "no more"))
        }
    }

    @Test(arguments: TransportKind.allCases)
    func requestsAndResponsesInterleave(_ kind: TransportKind) async throws {
        var router = RPCRouter()
        router.streaming(Text.echo) { requests, writer, _ in
            for try await request in requests { try await writer.write("<\(request)>") }
            try await writer.write("bye")
        }
        try await withClient(kind, router) { client async throws in
            let (requests, responses) = client.bidirectional(Text.echo)
            var iterator = responses.makeAsyncIterator()
            for index in 0..<100 {
                try await requests.write("\(index)")
                #expect(try await iterator.next() == "<\(index)>")
            }
            requests.finish()
            #expect(try await iterator.next() == "bye")
            #expect(try await iterator.next() == nil)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aHandlerMayEndBeforeItsRequestsDo(_ kind: TransportKind) async throws {
        var router = RPCRouter()
        router.streaming(Text.echo) { requests, writer, _ in
            for try await request in requests {
                try await writer.write(request)
                return
            }
        }
        try await withClient(kind, router) { client async throws in
            let (requests, responses) = client.bidirectional(Text.echo)
            try await requests.write("only")
            var received: [String] = []
            for try await text in responses { received.append(text) }
            #expect(received == ["only"])
            let error = try await rpcError {
                while true {
                    try await requests.write("late")
                    try await Task.sleep(for: .milliseconds(1))
                }
            }
            #expect(error.code == .cancelled)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aUnaryMethodRefusesTwoRequests(_ kind: TransportKind) async throws {
        var router = RPCRouter()
        router.unary(Text.echo) { text, _ in text }
        try await withClient(kind, router) { client async throws in
            let (requests, responses) = client.bidirectional(Text.echo)
            let error = try await rpcError {
                try await requests.write("one")
                try await requests.write("two")
                requests.finish()
                for try await _ in responses {}
            }
            #expect(error.code == .unimplemented || error.code == .cancelled)
            // The writer may learn first that the call is over; the reader always learns why.
            let (others, answers) = client.bidirectional(Text.echo)
            others.finish()
            let empty = try await rpcError { for try await _ in answers {} }
            #expect(empty.code == .unimplemented)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aUnaryCallRefusesTwoResponses(_ kind: TransportKind) async throws {
        var router = RPCRouter()
        router.streaming(Text.echo) { requests, writer, _ in
            for try await request in requests {
                try await writer.write(request)
                try await writer.write(request)
            }
        }
        router.streaming(Text.missing) { _, _, _ in }
        try await withClient(kind, router) { client async throws in
            let two = try await rpcError { try await client.unary(Text.echo, "x") }
            #expect(two.code == .unimplemented)
            let none = try await rpcError { try await client.unary(Text.missing, "x") }
            #expect(none.code == .unimplemented)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aSlowReaderMakesTheWriterWait(_ kind: TransportKind) async throws {
        let written = Counter()
        let message = [UInt8](repeating: 1, count: 16 * 1024)
        let method = Bytes.method("Flood")
        var router = RPCRouter()
        router.streaming(method) { _, writer, _ in
            for _ in 0..<1000 {
                try await writer.write(message)
                written.increment()
            }
        }
        try await withClient(kind, router) { client async throws in
            var iterator = try client.streaming(method, []).makeAsyncIterator()
            #expect(try await iterator.next() == message)
            // The writer runs ahead until all buffers on the way are full, and no further.
            var count = -1
            while written.value != count {
                count = written.value
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(count < 100)
            var received = 1
            while try await iterator.next() != nil { received += 1 }
            #expect(received == 1000)
        }
    }

    @Test(arguments: TransportKind.allCases)
    func aSlowHandlerMakesTheCallerWait(_ kind: TransportKind) async throws {
        let method = Bytes.method("Sink")
        let mayRead = Signal()
        let message = [UInt8](repeating: 1, count: 16 * 1024)
        var router = RPCRouter()
        router.streaming(method) { requests, writer, _ in
            await mayRead.wait()
            var bytes = 0
            for try await request in requests { bytes += request.count }
            try await writer.write(Array("\(bytes)".utf8))
        }
        try await withClient(kind, router) { client async throws in
            let (requests, responses) = client.bidirectional(method)
            let written = Counter()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for _ in 0..<1000 {
                        try await requests.write(message)
                        written.increment()
                    }
                    requests.finish()
                }
                var count = -1
                while written.value != count {
                    count = written.value
                    try await Task.sleep(for: .milliseconds(100))
                }
                #expect(count < 100)
                mayRead.set()
                try await group.waitForAll()
            }
            var answers: [String] = []
            for try await answer in responses {
                answers.append(String(decoding: answer, as: UTF8.self))
            }
            #expect(answers == ["\(1000 * message.count)"])
        }
    }

    @Test(arguments: TransportKind.allCases)
    func largeMessagesPassBothWays(_ kind: TransportKind) async throws {
        let method = Bytes.method("Large")
        var router = RPCRouter()
        router.unary(method) { bytes, _ in bytes.reversed() }
        router.streaming(Bytes.method("LargeStream")) { requests, writer, _ in
            for try await request in requests { try await writer.write(request) }
        }
        let large = (0..<4_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await withClient(kind, router) { client async throws in
            #expect(try await client.unary(method, large) == large.reversed())
            let (requests, responses) = client.bidirectional(Bytes.method("LargeStream"))
            var iterator = responses.makeAsyncIterator()
            for _ in 0..<3 {
                try await requests.write(large)
                #expect(try await iterator.next() == large)
            }
            requests.finish()
            #expect(try await iterator.next() == nil)
        }
    }
}
