/// Frames as bytes, written by hand (RFC 9113, section 4.1), so that they can be wrong.
package enum Frames {
    package static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    package static func frame(
        type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []
    ) -> [UInt8] {
        let length = UInt32(payload.count)
        return [
            UInt8(truncatingIfNeeded: length >> 16), UInt8(truncatingIfNeeded: length >> 8),
            UInt8(truncatingIfNeeded: length), type, flags,
        ] + integer(stream) + payload
    }

    package static func integer(_ value: UInt32) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    package static let settings = frame(type: 4)
    package static let settingsAck = frame(type: 4, flags: 1)
    package static let hello = preface + settings

    package static func ping(_ number: UInt8 = 0) -> [UInt8] {
        frame(type: 6, Array(repeating: number, count: 8))
    }

    package static func reset(_ stream: UInt32, code: UInt32 = 8) -> [UInt8] {
        frame(type: 3, stream: stream, integer(code))
    }

    package static func windowUpdate(_ stream: UInt32, by increment: UInt32) -> [UInt8] {
        frame(type: 8, stream: stream, integer(increment))
    }

    package static func data(_ stream: UInt32, _ bytes: [UInt8], endStream: Bool = false) -> [UInt8]
    {
        frame(type: 0, flags: endStream ? 1 : 0, stream: stream, bytes)
    }

    package static func headers(
        _ stream: UInt32, _ fields: [(String, String)], endStream: Bool = false
    ) -> [UInt8] {
        frame(type: 1, flags: endStream ? 5 : 4, stream: stream, block(fields))
    }

    /// Literal fields without indexing and without Huffman code (RFC 7541, 6.2.2).
    package static func block(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { [0] + string($0.0) + string($0.1) }
    }

    /// A string literal (RFC 7541, 5.2).
    package static func string(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
        var rest = bytes.count - 127
        var prefix: [UInt8] = [127]
        while rest >= 128 {
            prefix.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        return prefix + [UInt8(rest)] + bytes
    }

    /// The head of a gRPC request.
    package static func request(
        _ path: String = "/test.Text/Echo", _ more: [(String, String)] = []
    ) -> [(String, String)] {
        [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "test"),
            ("content-type", "application/grpc"), ("te", "trailers"),
        ] + more
    }

    /// A gRPC message with its prefix.
    package static func message(_ bytes: [UInt8], flag: UInt8 = 0, length: UInt32? = nil) -> [UInt8]
    {
        [flag] + integer(length ?? UInt32(bytes.count)) + bytes
    }
}

/// A frame that came back.
package struct Frame: Hashable {
    package let type: UInt8
    package let flags: UInt8
    package let stream: UInt32
    package let payload: [UInt8]

    /// Takes all whole frames out of `bytes`.
    package static func takeAll(from bytes: inout [UInt8]) -> [Frame] {
        var frames: [Frame] = []
        var start = 0
        while bytes.count - start >= 9 {
            let length =
                Int(bytes[start]) << 16 | Int(bytes[start + 1]) << 8 | Int(bytes[start + 2])
            guard bytes.count - start >= 9 + length else { break }
            let stream = bytes[start + 5..<start + 9].reduce(0) { $0 << 8 | UInt32($1) }
            frames.append(
                Frame(
                    type: bytes[start + 3], flags: bytes[start + 4], stream: stream,
                    payload: Array(bytes[start + 9..<start + 9 + length])))
            start += 9 + length
        }
        bytes.removeFirst(start)
        return frames
    }

    /// The error code of RST_STREAM or GOAWAY.
    package var errorCode: UInt32? {
        let offset: Int? =
            switch type {
            case 3: 0
            case 7: 4
            default: nil
            }
        guard let offset, payload.count >= offset + 4 else { return nil }
        return payload[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
