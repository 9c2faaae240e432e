internal import Glibc
internal import HTTP2

/// What a gRPC server needs of a request's header block (gRPC over HTTP/2, "Requests").
struct RequestHead {
    /// Why a request is no gRPC call, or no call that can be answered.
    enum Refusal: Error, Hashable {
        /// Answered with HTTP 405.
        case notPost
        /// Answered with HTTP 415.
        case notGRPC
        case malformedTimeout
    }

    /// nil when the router has none for the path.
    let handler: RPCRouter.Handler?
    let timeout: Duration?
    /// The sender may compress messages.
    let usesCompression: Bool

    /// Reads a header block, and finds who handles its path.
    init(_ headers: HTTP2Headers, _ router: RPCRouter) throws(Refusal) {
        var handler: RPCRouter.Handler?
        var isPost = false
        var isGRPC = false
        var usesCompression = false
        var timeout: Duration?
        var timeoutIsMalformed = false
        headers.forEach { name, value in
            // Told apart by length first: most names differ in it.
            switch name.count {
            case 5 where name.matches(":path"): handler = router.handler(path: value)
            case 7 where name.matches(":method"): isPost = value.matches("POST")
            case 12 where name.matches("content-type"): isGRPC = Self.isGRPC(value)
            case 12 where name.matches("grpc-timeout"):
                timeout = GRPCTimeout.parse(value)
                timeoutIsMalformed = timeout == nil
            case 13 where name.matches("grpc-encoding"):
                usesCompression = !value.matches("identity")
            default: break
            }
        }
        guard isPost else { throw .notPost }
        guard isGRPC else { throw .notGRPC }
        guard !timeoutIsMalformed else { throw .malformedTimeout }
        self.handler = handler
        self.timeout = timeout
        self.usesCompression = usesCompression
    }

    /// `application/grpc`, alone or followed by `+format` or parameters.
    static func isGRPC(_ value: UnsafeRawBufferPointer) -> Bool {
        let type: StaticString = "application/grpc"
        guard value.count >= type.utf8CodeUnitCount else { return false }
        let start = UnsafeRawBufferPointer(rebasing: value[..<type.utf8CodeUnitCount])
        guard start.matches(type) else { return false }
        guard value.count > type.utf8CodeUnitCount else { return true }
        let next = value[type.utf8CodeUnitCount]
        return next == UInt8(ascii: "+") || next == UInt8(ascii: ";") || next == UInt8(ascii: " ")
    }
}

extension UnsafeRawBufferPointer {
    /// Whether these are the same bytes as `other`.
    func matches(_ other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard let start = baseAddress, let otherStart = other.baseAddress else { return true }
        return memcmp(start, otherStart, count) == 0
    }

    /// Whether these are the bytes of `text`.
    func matches(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { matches(UnsafeRawBufferPointer($0)) }
    }
}
