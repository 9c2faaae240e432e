internal import HTTP2

/// What a gRPC client needs of a response's header block or trailers (gRPC over HTTP/2, "Responses").
struct ResponseHead {
    private var httpStatus: Int?
    private var isGRPC = false
    private var code: Int?
    private var message = ""

    init(_ headers: HTTP2Headers) {
        var httpStatus: Int?
        var isGRPC = false
        var code: Int?
        var message = ""
        headers.forEach { name, value in
            switch name.count {
            case 7 where name.matches(":status"):
                httpStatus = Int(String(decoding: value, as: UTF8.self))
            case 11 where name.matches("grpc-status"):
                code = Int(String(decoding: value, as: UTF8.self)) ?? -1
            case 12 where name.matches("content-type"):
                isGRPC = RequestHead.isGRPC(value)
            case 12 where name.matches("grpc-message"):
                message = StatusMessage.decode(value)
            default: break
            }
        }
        self.httpStatus = httpStatus
        self.isGRPC = isGRPC
        self.code = code
        self.message = message
    }

    /// What is wrong with the head of a response; nil for one that messages may follow.
    ///
    /// A status in it counts more than the HTTP status, which a proxy may have set.
    var refusal: RPCError? {
        if code != nil { return status }
        guard let httpStatus else { return RPCError(.internalError, "the response has no :status") }
        guard httpStatus == 200 else {
            return RPCError(Self.code(ofHTTP: httpStatus), "the server answered HTTP \(httpStatus)")
        }
        return isGRPC ? nil : RPCError(.unknown, "the response is not application/grpc")
    }

    /// The status in trailers; nil for OK.
    var status: RPCError? {
        guard let code else { return RPCError(.unknown, "the response ended without grpc-status") }
        switch RPCStatusCode(rawValue: code) {
        case .ok: return nil
        case .some(let code): return RPCError(code, message)
        case .none: return RPCError(.unknown, message)
        }
    }

    /// Whether the block carries a status, so that the call ends with it.
    var hasStatus: Bool { code != nil }

    /// The status that stands for an HTTP status ("HTTP to gRPC Status Code Mapping").
    private static func code(ofHTTP status: Int) -> RPCStatusCode {
        switch status {
        case 400: .internalError
        case 401: .unauthenticated
        case 403: .permissionDenied
        case 404: .unimplemented
        case 429, 502, 503, 504: .unavailable
        default: .unknown
        }
    }

    /// The status that stands for a reset ("Errors" in gRPC over HTTP/2).
    static func error(ofReset code: HTTP2ErrorCode) -> RPCError {
        let text = "the server reset the stream with error code \(code.rawValue)"
        switch code {
        case .refusedStream: return RPCError(.unavailable, text)
        case .cancel: return RPCError(.cancelled, text)
        case .enhanceYourCalm: return RPCError(.resourceExhausted, text)
        case .inadequateSecurity: return RPCError(.permissionDenied, text)
        default: return RPCError(.internalError, text)
        }
    }
}
