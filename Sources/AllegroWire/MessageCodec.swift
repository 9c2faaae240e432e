internal import GRPC
internal import SwiftProtobuf

/// How a value becomes the bytes of a protobuf message and back.
struct MessageCodec<Value: Sendable>: Sendable {
    let encode: @Sendable (Value) throws -> [UInt8]
    let decode: @Sendable ([UInt8]) throws -> Value

    /// Goes by way of the generated type `Message`.
    init<Message: SwiftProtobuf.Message>(
        _: Message.Type,
        from toValue: @escaping @Sendable (Message) throws -> Value,
        to toMessage: @escaping @Sendable (Value) throws -> Message
    ) {
        encode = { value in try toMessage(value).serializedBytes() }
        decode = { bytes in try toValue(try Self.message(of: bytes)) }
    }

    /// - Throws: ``WireError`` when the bytes are not such a message.
    private static func message<Message: SwiftProtobuf.Message>(
        of bytes: [UInt8]
    ) throws(WireError) -> Message {
        // What a later version of the protocol adds is skipped, not carried along.
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        do {
            return try Message(serializedBytes: bytes, options: options)
        } catch {
            let name = Message.protoMessageName.split(separator: ".").last.map(String.init)
            throw WireError(name ?? "", .notProtobuf)
        }
    }
}

extension RPCMethod {
    init(
        _ service: String, _ method: String, request: MessageCodec<Request>,
        response: MessageCodec<Response>
    ) {
        self.init(
            service: service, method: method,
            encodeRequest: request.encode,
            decodeRequest: Self.decoder(request, .invalidArgument),
            encodeResponse: response.encode,
            decodeResponse: Self.decoder(response, .internalError))
    }

    /// A decoder whose errors tell the caller which field is wrong.
    private static func decoder<Value>(
        _ codec: MessageCodec<Value>, _ code: RPCStatusCode
    ) -> @Sendable ([UInt8]) throws -> Value {
        { bytes in
            do {
                return try codec.decode(bytes)
            } catch let error as WireError {
                throw RPCError(code, error.description)
            }
        }
    }
}
