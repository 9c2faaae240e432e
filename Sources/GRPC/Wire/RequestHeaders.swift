internal import HTTP2

/// The header block of a client's request (gRPC over HTTP/2, "Requests").
enum RequestHeaders {
    static func make(_ head: ClientCallHead, authority: String) -> HTTP2Headers {
        var headers = HTTP2Headers()
        headers.reserveCapacity(bytes: 256)
        headers.append(":method", "POST")
        headers.append(":scheme", "http")
        headers.append(":path", head.path)
        headers.append(":authority", authority)
        headers.append("content-type", "application/grpc")
        headers.append("te", "trailers")
        if let deadline = head.deadline {
            headers.append("grpc-timeout", GRPCTimeout.format(deadline - .now))
        }
        head.metadata.append(to: &headers)
        return headers
    }
}
