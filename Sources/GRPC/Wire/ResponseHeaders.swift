internal import HTTP2

/// The header blocks of a server's answers.
enum ResponseHeaders {
    /// The head of every answer that has messages.
    static let head = HTTP2StaticHeaders([
        (":status", "200"), ("content-type", "application/grpc"),
    ])

    /// The end of every call that went well.
    static let okTrailers = HTTP2StaticHeaders([("grpc-status", "0")])

    /// The answer to another method than POST.
    static let methodNotAllowed = HTTP2StaticHeaders([(":status", "405"), ("allow", "POST")])

    /// The answer to another content type than gRPC's.
    static let unsupportedMediaType = HTTP2StaticHeaders([
        (":status", "415"), ("accept", "application/grpc"),
    ])

    /// The head of an answer, with what the handler wants to tell first.
    static func head(_ metadata: RPCMetadata?) -> HTTP2HeaderSource {
        guard let metadata, !metadata.isEmpty else { return .fixed(head) }
        var headers = startOfHead()
        metadata.append(to: &headers)
        return .built(headers)
    }

    /// The end of an answer whose head has been sent.
    static func trailers(_ error: RPCError?, _ metadata: RPCMetadata?) -> HTTP2HeaderSource {
        if error == nil, metadata?.isEmpty ?? true { return .fixed(okTrailers) }
        var headers = HTTP2Headers()
        append(error, metadata, to: &headers)
        return .built(headers)
    }

    /// An answer that is one block: head and trailers together ("Trailers-Only").
    static func trailersOnly(
        _ error: RPCError, _ metadata: RPCMetadata?, offersIdentity: Bool
    ) -> HTTP2HeaderSource {
        var headers = startOfHead()
        append(error, metadata, to: &headers)
        if offersIdentity { headers.append("grpc-accept-encoding", "identity") }
        return .built(headers)
    }

    private static func startOfHead() -> HTTP2Headers {
        var headers = HTTP2Headers()
        headers.append(":status", "200")
        headers.append("content-type", "application/grpc")
        return headers
    }

    private static func append(
        _ error: RPCError?, _ metadata: RPCMetadata?, to headers: inout HTTP2Headers
    ) {
        headers.append("grpc-status", String((error?.code ?? .ok).rawValue))
        if let error, !error.message.isEmpty {
            headers.append(
                name: "grpc-message".utf8, value: StatusMessage.encode(error.message))
        }
        metadata?.append(to: &headers)
    }
}
