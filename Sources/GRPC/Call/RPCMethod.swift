/// One method: its path and how its messages become bytes; it knows no protobuf.
package struct RPCMethod<Request: Sendable, Response: Sendable>: Sendable {
    /// `/pkg.Service/Method`.
    package let path: String
    package let encodeRequest: @Sendable (Request) throws -> [UInt8]
    package let decodeRequest: @Sendable ([UInt8]) throws -> Request
    package let encodeResponse: @Sendable (Response) throws -> [UInt8]
    package let decodeResponse: @Sendable ([UInt8]) throws -> Response

    /// Describes a method of `service` (`pkg.Service`).
    ///
    /// A decoder that throws an ``RPCError`` chooses what the peer is told; any other error becomes
    /// INVALID_ARGUMENT for a request and INTERNAL for a response.
    package init(
        service: String, method: String,
        encodeRequest: @escaping @Sendable (Request) throws -> [UInt8],
        decodeRequest: @escaping @Sendable ([UInt8]) throws -> Request,
        encodeResponse: @escaping @Sendable (Response) throws -> [UInt8],
        decodeResponse: @escaping @Sendable ([UInt8]) throws -> Response
    ) {
        path = "/\(service)/\(method)"
        self.encodeRequest = encodeRequest
        self.decodeRequest = decodeRequest
        self.encodeResponse = encodeResponse
        self.decodeResponse = decodeResponse
    }

    /// The bytes of a request.
    func bytes(of request: Request) throws(RPCError) -> [UInt8] {
        do {
            return try encodeRequest(request)
        } catch {
            throw RPCError(.internalError, "the request of \(path) cannot be encoded")
        }
    }

    /// The request in a message.
    func request(in message: [UInt8]) throws(RPCError) -> Request {
        do {
            return try decodeRequest(message)
        } catch let error as RPCError {
            throw error
        } catch {
            throw RPCError(.invalidArgument, "the request message cannot be decoded")
        }
    }

    /// The response in a message.
    func response(in message: [UInt8]) throws(RPCError) -> Response {
        do {
            return try decodeResponse(message)
        } catch let error as RPCError {
            throw error
        } catch {
            throw RPCError(.internalError, "the response of \(path) cannot be decoded")
        }
    }
}
