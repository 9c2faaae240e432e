internal import HTTP2

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

    /// Looks at the first message of `queue`.
    static func look(_ queue: ByteQueue, bytesMax: Int) -> Outlook {
        queue.withUnsafeBytes { bytes in
            guard let flag = bytes.first else { return .incomplete }
            switch flag {
            case 0: break
            case 1: return .compressed
            default: return .malformed(RPCError(.internalError, "unknown message flag \(flag)"))
            }
            guard bytes.count >= prefixBytes else { return .incomplete }
            let length = Int(
                UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt32.self)))
            guard length <= bytesMax else {
                return .malformed(
                    RPCError(
                        .resourceExhausted,
                        "a message of \(length) bytes is larger than the limit of \(bytesMax)"))
            }
            let bytesAfter = bytes.count - prefixBytes - length
            return bytesAfter < 0 ? .incomplete : .complete(bytesAfter: bytesAfter)
        }
    }

    /// Takes the first message from `queue`, if all of it is there.
    static func next(_ queue: inout ByteQueue, bytesMax: Int) -> Next {
        switch look(queue, bytesMax: bytesMax) {
        case .incomplete: .incomplete
        case .compressed: .compressed
        case .malformed(let error): .malformed(error)
        case .complete(let bytesAfter):
            .message(queue.take(from: prefixBytes, to: queue.count - bytesAfter))
        }
    }

    /// Appends a message to `queue`, not compressed.
    static func write(_ message: [UInt8], into queue: inout ByteQueue) {
        let length = UInt32(message.count).bigEndian
        withUnsafeTemporaryAllocation(byteCount: prefixBytes, alignment: 1) { prefix in
            prefix[0] = 0
            prefix.storeBytes(of: length, toByteOffset: 1, as: UInt32.self)
            queue.append(UnsafeRawBufferPointer(prefix))
        }
        queue.append(message)
    }
}
