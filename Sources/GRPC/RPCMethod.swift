/// A remote procedure: its name and how its messages become bytes and back.
///
/// The closures work on whole messages, without the gRPC frame around them. A decoding closure that
/// throws refuses the message.
package struct RPCMethod<Request: Sendable, Response: Sendable>: Sendable {
    /// The service's full name, such as `tempo.fastpay.v1.FastPaySidecar`.
    package let service: String
    /// The method's name in the service.
    package let method: String
    package let encodeRequest: @Sendable (Request) throws -> [UInt8]
    package let decodeRequest: @Sendable ([UInt8]) throws -> Request
    package let encodeResponse: @Sendable (Response) throws -> [UInt8]
    package let decodeResponse: @Sendable ([UInt8]) throws -> Response

    package init(
        service: String, method: String,
        encodeRequest: @escaping @Sendable (Request) throws -> [UInt8],
        decodeRequest: @escaping @Sendable ([UInt8]) throws -> Request,
        encodeResponse: @escaping @Sendable (Response) throws -> [UInt8],
        decodeResponse: @escaping @Sendable ([UInt8]) throws -> Response
    ) {
        self.service = service
        self.method = method
        self.encodeRequest = encodeRequest
        self.decodeRequest = decodeRequest
        self.encodeResponse = encodeResponse
        self.decodeResponse = decodeResponse
    }

    /// What the request's `:path` says.
    package var path: String { "/\(service)/\(method)" }
}
