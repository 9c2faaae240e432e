internal import GRPC
internal import SwiftProtobuf
internal import Synchronization

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

extension MessageCodec where Value: Equatable {
    /// The same codec, remembering the bytes of the last value: for answers that many callers share.
    func rememberingLast() -> MessageCodec {
        let memory = LastEncoded<Value>()
        return MessageCodec(encode: { try memory.bytes(of: $0, encode: encode) }, decode: decode)
    }

    private init(
        encode: @escaping @Sendable (Value) throws -> [UInt8],
        decode: @escaping @Sendable ([UInt8]) throws -> Value
    ) {
        self.encode = encode
        self.decode = decode
    }
}

/// The last value that was encoded, and its bytes.
private final class LastEncoded<Value: Equatable & Sendable>: Sendable {
    private let last = Mutex<(value: Value, bytes: [UInt8])?>(nil)

    func bytes(of value: Value, encode: (Value) throws -> [UInt8]) rethrows -> [UInt8] {
        if let last = last.withLock({ $0 }), last.value == value { return last.bytes }
        let bytes = try encode(value)
        last.withLock { $0 = (value, bytes) }
        return bytes
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
