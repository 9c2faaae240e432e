internal import NIOCore

/// Length-prefixed messages: a flag, a 32-bit length, the message (gRPC over HTTP/2).
enum MessageFraming {
    /// The bytes before a message.
    static let prefixBytes = 5

    /// What a buffer begins with.
    enum Next {
        case incomplete
        case message([UInt8])
        /// The message is compressed, and nothing but identity was offered.
        case compressed
        case malformed(RPCError)
    }

    /// What is known of the first message without taking it.
    enum Outlook {
        case incomplete
        /// The message is there, and so many bytes follow it.
        case complete(bytesAfter: Int)
        case compressed
        case malformed(RPCError)
    }

    /// Looks at the first message of `buffer`.
    static func look(_ buffer: ByteBuffer, bytesMax: Int) -> Outlook {
        guard let flag: UInt8 = buffer.getInteger(at: buffer.readerIndex) else {
            return .incomplete
        }
        switch flag {
        case 0: break
        case 1: return .compressed
        default: return .malformed(RPCError(.internalError, "unknown message flag \(flag)"))
        }
        guard let length: UInt32 = buffer.getInteger(at: buffer.readerIndex + 1) else {
            return .incomplete
        }
        guard length <= bytesMax else {
            return .malformed(
                RPCError(
                    .resourceExhausted,
                    "a message of \(length) bytes is larger than the limit of \(bytesMax)"))
        }
        let bytesAfter = buffer.readableBytes - prefixBytes - Int(length)
        return bytesAfter < 0 ? .incomplete : .complete(bytesAfter: bytesAfter)
    }

    /// Takes the first message from `buffer`, if all of it is there.
    static func next(_ buffer: inout ByteBuffer, bytesMax: Int) -> Next {
        switch look(buffer, bytesMax: bytesMax) {
        case .incomplete: return .incomplete
        case .compressed: return .compressed
        case .malformed(let error): return .malformed(error)
        case .complete(let bytesAfter):
            buffer.moveReaderIndex(forwardBy: prefixBytes)
            let message = buffer.readBytes(length: buffer.readableBytes - bytesAfter)
            return .message(message ?? [])
        }
    }

    /// Appends a message to `buffer`, not compressed.
    static func write(_ message: [UInt8], into buffer: inout ByteBuffer) {
        buffer.reserveCapacity(minimumWritableBytes: prefixBytes + message.count)
        buffer.writeInteger(0 as UInt8)
        buffer.writeInteger(UInt32(message.count))
        buffer.writeBytes(message)
    }
}
