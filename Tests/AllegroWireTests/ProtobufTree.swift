/// A protobuf message written by hand: field numbers and what they hold, without any schema.
///
/// It shares no code with what it is compared with.
indirect enum ProtobufTree: Sendable {
    case varint(UInt64)
    case bytes([UInt8])
    case text(String)
    case message([(Int, ProtobufTree)])

    /// `count` times `byte`.
    static func bytes(_ byte: UInt8, count: Int) -> ProtobufTree {
        .bytes(Array(repeating: byte, count: count))
    }

    /// The bytes of a message: its fields in the order given.
    var encoded: [UInt8] {
        switch self {
        case .varint(let value): Self.varintBytes(value)
        case .bytes(let bytes): bytes
        case .text(let text): Array(text.utf8)
        case .message(let fields): fields.flatMap { Self.field($0.0, $0.1) }
        }
    }

    private static func field(_ number: Int, _ value: ProtobufTree) -> [UInt8] {
        switch value {
        case .varint:
            return varintBytes(UInt64(number) << 3) + value.encoded
        case .bytes, .text, .message:
            let content = value.encoded
            return varintBytes(UInt64(number) << 3 | 2) + varintBytes(UInt64(content.count))
                + content
        }
    }

    private static func varintBytes(_ value: UInt64) -> [UInt8] {
        var rest = value
        var output: [UInt8] = []
        while rest >= 0x80 {
            output.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        return output + [UInt8(rest)]
    }

    /// The same message with the first field at `path` replaced, added when absent, or removed.
    func setting(_ path: [Int], to value: ProtobufTree?) -> ProtobufTree {
        guard case .message(var fields) = self, let number = path.first else { return self }
        let rest = Array(path.dropFirst())
        let index = fields.firstIndex { $0.0 == number }
        if !rest.isEmpty {
            let inner = index.map { fields[$0].1 } ?? .message([])
            let changed = (number, inner.setting(rest, to: value))
            if let index { fields[index] = changed } else { fields.append(changed) }
        } else if let index {
            if let value { fields[index].1 = value } else { fields.remove(at: index) }
        } else if let value {
            fields.append((number, value))
        }
        return .message(fields)
    }
}
