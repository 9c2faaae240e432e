import GRPC
import HTTP2
import HTTP2Testing
import NIOCore
import Testing

/// What a server answers to requests that are not as they should be, byte by byte.
@Suite(.timeLimit(.minutes(1)))
struct ProtocolTests {
    private func router() -> RPCRouter {
        var router = RPCRouter()
        router.unary(Bytes.method("Echo")) { bytes, _ in bytes }
        router.streaming(Bytes.method("Stream")) { requests, writer, _ in
            for try await request in requests { try await writer.write(request) }
        }
        return router
    }

    /// The fields of all header blocks of an answer, `name: value` on a line each.
    private func answer(
        _ fields: [(String, String)], _ parts: [[UInt8]], endStream: Bool = true,
        trailers: [(String, String)]? = nil
    ) async throws -> String {
        var text = ""
        try await withServer(router()) { port async throws in
            let socket = try await RawClient.connect(port: port)
            let session = try HTTP2Session(role: .client, limits: .init(), now: 0)
            let stream = try session.request(
                .built(headers(fields)), endStream: parts.isEmpty && endStream)
            for part in parts {
                try session.write(stream) { $0.append(part) }
                try await flush(session, to: socket)
            }
            if endStream, !parts.isEmpty || trailers != nil {
                try session.finish(stream, trailers: trailers.map { .built(headers($0)) })
            }
            try await flush(session, to: socket)
            text = try await receiveAnswer(session, stream, from: socket)
            await socket.close()
        }
        return text
    }

    private func flush(_ session: HTTP2Session, to socket: RawClient) async throws {
        var buffer = ByteBuffer()
        while try session.takeOutput(into: &buffer, bytesMax: 1 << 20, now: 0) {}
        try await socket.send(Array(buffer.readableBytesView))
    }

    private func receiveAnswer(
        _ session: HTTP2Session, _ stream: HTTP2StreamRef, from socket: RawClient
    ) async throws -> String {
        var lines: [String] = []
        func add(_ headers: HTTP2Headers) {
            headers.forEach { name, value in
                lines.append(
                    "\(String(decoding: name, as: UTF8.self)): "
                        + String(decoding: value, as: UTF8.self))
            }
        }
        let isComplete = try await eventually {
            try socket.takeBytes().withUnsafeBytes { try session.receive($0, now: 0) }
            while let event = session.nextEvent() {
                switch event {
                case .head(stream, _): add(session.takeHead(stream))
                case .trailers(stream): add(session.takeTrailers(stream))
                default: break
                }
            }
            return session.peerHasEnded(stream)
        }
        #expect(isComplete)
        return lines.joined(separator: "\n")
    }

    private func headers(_ fields: [(String, String)]) -> HTTP2Headers {
        var headers = HTTP2Headers()
        for (name, value) in fields { headers.append(name: name.utf8, value: value.utf8) }
        return headers
    }

    private func call(
        _ body: [UInt8], path: String = "/test.Text/Echo", fields: [(String, String)] = []
    ) async throws -> String {
        try await answer(Frames.request(path, fields), [body])
    }

    @Test
    func anotherMethodThanPostIsNotAllowed() async throws {
        var fields = Frames.request()
        fields[0].1 = "GET"
        let text = try await answer(fields, [])
        #expect(text.contains(":status: 405"))
    }

    @Test(arguments: ["application/json", "application/grpcx", ""])
    func anotherContentTypeIsNotSupported(_ type: String) async throws {
        var fields = Frames.request()
        fields[4].1 = type
        let text = try await answer(fields, [])
        #expect(text.contains(":status: 415"))
    }

    @Test(arguments: ["application/grpc", "application/grpc+proto", "application/grpc; charset=x"])
    func everyFormOfTheContentTypeIsTaken(_ type: String) async throws {
        var fields = Frames.request()
        fields[4].1 = type
        let text = try await answer(fields, [Frames.message([1])])
        #expect(text.contains("grpc-status: 0"))
    }

    @Test
    func aCompressedMessageIsUnimplementedAndIdentityIsOffered() async throws {
        let text = try await call(
            Frames.message([1], flag: 1), fields: [("grpc-encoding", "gzip")])
        #expect(text.contains("grpc-status: 12"))
        #expect(text.contains("grpc-accept-encoding: identity"))
    }

    @Test
    func aCompressedFlagWithoutAnEncodingIsAnInternalError() async throws {
        #expect(try await call(Frames.message([1], flag: 1)).contains("grpc-status: 13"))
    }

    @Test
    func anUnknownFlagIsAnInternalError() async throws {
        #expect(try await call(Frames.message([1], flag: 7)).contains("grpc-status: 13"))
    }

    @Test(arguments: ["/test.Text/Echo", "/test.Text/Stream"])
    func aStreamThatEndsWithinAMessageIsAnInternalError(_ path: String) async throws {
        let text = try await call(Frames.message([1, 2], length: 5), path: path)
        #expect(text.contains("grpc-status: 13"))
        let prefix = try await call([0, 0], path: path)
        #expect(prefix.contains("grpc-status: 13"))
    }

    @Test
    func noMessageIsUnimplementedForAUnaryMethod() async throws {
        #expect(try await call([]).contains("grpc-status: 12"))
        let text = try await answer(Frames.request(), [])
        #expect(text.contains("grpc-status: 12"))
    }

    @Test
    func twoMessagesAreUnimplementedForAUnaryMethod() async throws {
        let text = try await call(Frames.message([1]) + Frames.message([2]))
        #expect(text.contains("grpc-status: 12"))
    }

    @Test
    func aMessageThatSaysItIsTooLongIsRefusedAtOnce() async throws {
        let message = Frames.message([1], length: 4 * 1024 * 1024 + 1)
        let text = try await answer(Frames.request(), [message], endStream: false)
        #expect(text.contains("grpc-status: 8"))
    }

    @Test(arguments: ["", "1", "S", "123456789S", "1x", "-1S", "1.5S"])
    func aMalformedTimeoutIsAnInternalError(_ timeout: String) async throws {
        let text = try await call(Frames.message([1]), fields: [("grpc-timeout", timeout)])
        #expect(text.contains("grpc-status: 13"))
    }

    @Test
    func aTimeoutOfNothingIsExceededAtOnce() async throws {
        let text = try await call(Frames.message([1]), fields: [("grpc-timeout", "0n")])
        #expect(text.contains("grpc-status: 4"))
    }

    @Test
    func aMessageInManyFramesIsOneMessage() async throws {
        let body = Frames.message([1, 2, 3])
        let text = try await answer(Frames.request(), body.map { [$0] })
        #expect(text.contains("grpc-status: 0"))
    }

    @Test
    func trailersMayEndARequest() async throws {
        let text = try await answer(
            Frames.request(), [Frames.message([1])], trailers: [("x-trailer", "1")])
        #expect(text.contains("grpc-status: 0"))
    }

    @Test
    func malformedPathsAreUnimplemented() async throws {
        #expect(try await call(Frames.message([]), path: "/").contains("grpc-status: 12"))
        #expect(try await call(Frames.message([]), path: "/a/b/c").contains("grpc-status: 12"))
    }
}
