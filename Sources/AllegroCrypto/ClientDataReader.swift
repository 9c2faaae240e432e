/// Reads clientDataJSON of a passkey's signature: an object with the strings `type` and `challenge`.
///
/// Strict JSON (RFC 8259) in one pass and bounded depth. Stricter than a node's reader where that
/// costs no honest authenticator anything: names with escapes are refused altogether, so that no
/// second spelling of a member exists.
struct ClientDataReader {
    /// The two members that count.
    struct ClientData: Hashable {
        var type: String
        var challenge: String
    }

    /// How deep other members may nest.
    static let depthMax = 32

    private let bytes: ArraySlice<UInt8>
    private var position: Int

    private init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// The two members; nil when the text is anything but one object that has each once.
    static func read(_ bytes: ArraySlice<UInt8>) -> ClientData? {
        guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
        var reader = ClientDataReader(bytes)
        guard let data = reader.readObject() else { return nil }
        reader.skipWhitespace()
        return reader.position == bytes.endIndex ? data : nil
    }

    private mutating func readObject() -> ClientData? {
        var type: String?
        var challenge: String?
        skipWhitespace()
        guard take("{") else { return nil }
        skipWhitespace()
        if !take("}") {
            repeat {
                skipWhitespace()
                guard let name = readPlainString() else { return nil }
                skipWhitespace()
                guard take(":") else { return nil }
                skipWhitespace()
                switch name {
                case "type":
                    guard type == nil, let value = readPlainString() else { return nil }
                    type = value
                case "challenge":
                    guard challenge == nil, let value = readPlainString() else { return nil }
                    challenge = value
                default:
                    guard skipValue(depth: 1) else { return nil }
                }
                skipWhitespace()
            } while take(",")
            guard take("}") else { return nil }
        }
        guard let type, let challenge else { return nil }
        return ClientData(type: type, challenge: challenge)
    }

    // MARK: Values that are passed over

    private mutating func skipValue(depth: Int) -> Bool {
        guard depth <= Self.depthMax, let first = peek else { return false }
        switch first {
        case UInt8(ascii: "\""): return skipString() != nil
        case UInt8(ascii: "{"): return skipObject(depth: depth)
        case UInt8(ascii: "["): return skipArray(depth: depth)
        case UInt8(ascii: "t"): return take("true")
        case UInt8(ascii: "f"): return take("false")
        case UInt8(ascii: "n"): return take("null")
        default: return skipNumber()
        }
    }

    private mutating func skipObject(depth: Int) -> Bool {
        guard take("{") else { return false }
        skipWhitespace()
        if take("}") { return true }
        repeat {
            skipWhitespace()
            guard skipString() != nil else { return false }
            skipWhitespace()
            guard take(":") else { return false }
            skipWhitespace()
            guard skipValue(depth: depth + 1) else { return false }
            skipWhitespace()
        } while take(",")
        return take("}")
    }

    private mutating func skipArray(depth: Int) -> Bool {
        guard take("[") else { return false }
        skipWhitespace()
        if take("]") { return true }
        repeat {
            skipWhitespace()
            guard skipValue(depth: depth + 1) else { return false }
            skipWhitespace()
        } while take(",")
        return take("]")
    }

    private mutating func skipNumber() -> Bool {
        _ = take("-")
        if !take("0") {
            guard skipDigits() else { return false }
        }
        if take("."), !skipDigits() { return false }
        if take("e") || take("E") {
            _ = take("+") || take("-")
            return skipDigits()
        }
        return true
    }

    private mutating func skipDigits() -> Bool {
        let start = position
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            position += 1
        }
        return position > start
    }

    // MARK: Strings

    /// Reads a string in which nothing is escaped.
    private mutating func readPlainString() -> String? {
        guard let content = skipString(), !content.contains(UInt8(ascii: "\\")) else {
            return nil
        }
        return String(decoding: content, as: UTF8.self)
    }

    /// Passes over a string and gives what stands between its quotes, escapes and all.
    private mutating func skipString() -> ArraySlice<UInt8>? {
        guard take("\"") else { return nil }
        let start = position
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return bytes[start..<(position - 1)]
            case UInt8(ascii: "\\"):
                guard skipEscape() else { return nil }
            case 0..<0x20: return nil
            default: break
            }
        }
        return nil
    }

    private mutating func skipEscape() -> Bool {
        guard let byte = peek else { return false }
        position += 1
        guard byte == UInt8(ascii: "u") else { return Array("\"\\/bfnrt".utf8).contains(byte) }
        for _ in 0..<4 {
            guard let digit = peek, Character(UnicodeScalar(digit)).isHexDigit else {
                return false
            }
            position += 1
        }
        return true
    }

    // MARK: Bytes

    private var peek: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    private mutating func skipWhitespace() {
        while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
            position += 1
        }
    }

    /// Passes over `text` if it is next.
    private mutating func take(_ text: StaticString) -> Bool {
        let rest = bytes[position...]
        let isNext = text.withUTF8Buffer { rest.starts(with: $0) }
        if isNext { position += text.utf8CodeUnitCount }
        return isNext
    }
}
