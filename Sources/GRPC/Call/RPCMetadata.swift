internal import FoundationEssentials
internal import HTTP2

/// The metadata of a call: ordered pairs of a lower-case name and a value.
///
/// Values under names that end in `-bin` are bytes and travel as base64; all others are printable ASCII.
package struct RPCMetadata: Hashable, Sendable {
    /// One pair.
    package struct Entry: Hashable, Sendable {
        package let name: String
        package let value: Value
    }

    /// What a name stands for.
    package enum Value: Hashable, Sendable {
        case text(String)
        case binary([UInt8])
    }

    /// Why a pair was refused.
    package enum Invalid: Error, Hashable {
        /// Names are made of `0-9 a-z _ - .` and are not empty.
        case name(String)
        /// `grpc-…` and the names that HTTP/2 itself needs are not for applications.
        case reservedName(String)
        /// Text is printable ASCII without blanks around it, under a name without `-bin`.
        case text(String)
        /// Bytes need a name that ends in `-bin`.
        case binaryName(String)
    }

    package private(set) var entries: [Entry] = []

    package init() {}

    package var isEmpty: Bool { entries.isEmpty }

    /// Appends text.
    package mutating func append(_ name: String, _ text: String) throws(Invalid) {
        try Self.check(name)
        guard !name.hasSuffix("-bin"), text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }),
            text.first != " ", text.last != " "
        else { throw .text(name) }
        entries.append(Entry(name: name, value: .text(text)))
    }

    /// Appends bytes.
    package mutating func append(_ name: String, binary: [UInt8]) throws(Invalid) {
        try Self.check(name)
        guard name.hasSuffix("-bin") else { throw .binaryName(name) }
        entries.append(Entry(name: name, value: .binary(binary)))
    }

    /// The first text of this name; nil when there is none.
    package func text(_ name: String) -> String? {
        for entry in entries where entry.name == name {
            if case .text(let text) = entry.value { return text }
        }
        return nil
    }

    /// The first bytes of this name; nil when there are none.
    package func binary(_ name: String) -> [UInt8]? {
        for entry in entries where entry.name == name {
            if case .binary(let bytes) = entry.value { return bytes }
        }
        return nil
    }

    private static func check(_ name: String) throws(Invalid) {
        let isAllowed = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isAllowed, !name.isEmpty else { throw .name(name) }
        guard !isReserved(name) else { throw .reservedName(name) }
    }

    private static let reservedNames: Set<String> = [
        "connection", "content-length", "content-type", "host", "keep-alive", "proxy-connection",
        "te", "transfer-encoding", "upgrade",
    ]

    private static func isReserved(_ name: String) -> Bool {
        name.hasPrefix("grpc-") || reservedNames.contains(name)
    }
}

// MARK: The wire

extension RPCMetadata {
    /// Reads the application's pairs out of a header block; what is not valid is left out.
    init(_ headers: HTTP2Headers) {
        headers.forEach { name, value in
            guard name.first != UInt8(ascii: ":") else { return }
            let name = String(decoding: name, as: UTF8.self)
            guard !Self.isReserved(name) else { return }
            if name.hasSuffix("-bin") {
                // One field may carry several values, joined by commas.
                for part in value.split(
                    separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
                {
                    guard let bytes = Self.decodeBase64(part) else { continue }
                    entries.append(Entry(name: name, value: .binary(bytes)))
                }
            } else {
                entries.append(
                    Entry(name: name, value: .text(String(decoding: value, as: UTF8.self))))
            }
        }
    }

    /// What the pairs count against the limit of a header list (RFC 9113, 6.5.2), in bytes.
    var listBytes: Int {
        entries.reduce(0) { sum, entry in
            switch entry.value {
            case .text(let text): sum + entry.name.utf8.count + text.utf8.count + 32
            case .binary(let bytes): sum + entry.name.utf8.count + (bytes.count * 4 + 2) / 3 + 32
            }
        }
    }

    /// Appends the pairs to a header block.
    func append(to headers: inout HTTP2Headers) {
        for entry in entries {
            switch entry.value {
            case .text(let text): headers.append(name: entry.name.utf8, value: text.utf8)
            case .binary(let bytes):
                headers.append(
                    name: entry.name.utf8,
                    value: Data(bytes).base64EncodedString().utf8.filter { $0 != UInt8(ascii: "=") }
                )
            }
        }
    }

    /// Decodes base64 with or without padding.
    private static func decodeBase64(_ text: some Collection<UInt8>) -> [UInt8]? {
        var text = text.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "=") }
        while !text.count.isMultiple(of: 4) { text.append(UInt8(ascii: "=")) }
        return Data(base64Encoded: Data(text)).map { Array($0) }
    }
}
