/// A gRPC status code; raw values are those of the gRPC specification.
package enum RPCStatusCode: Int, Hashable, Sendable {
    case ok = 0
    case cancelled = 1
    case unknown = 2
    case invalidArgument = 3
    case deadlineExceeded = 4
    case notFound = 5
    case alreadyExists = 6
    case permissionDenied = 7
    case resourceExhausted = 8
    case failedPrecondition = 9
    case aborted = 10
    case outOfRange = 11
    case unimplemented = 12
    case internalError = 13
    case unavailable = 14
    case dataLoss = 15
    case unauthenticated = 16
}

/// How a call failed, as the other side is told: a status other than OK.
package struct RPCError: Error, Hashable, Sendable {
    package var code: RPCStatusCode
    /// For people; it goes over the wire, so it must hold nothing that a stranger may not read.
    package var message: String

    package init(_ code: RPCStatusCode, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension RPCError: CustomStringConvertible {
    package var description: String { "\(code): \(message)" }
}

/// A failure and what stays on this side of it.
struct CallFailure: Error, Sendable {
    /// What the caller is told.
    let error: RPCError
    /// What a handler threw that is no ``RPCError``: for the log alone.
    let cause: (any Error)?

    init(_ error: RPCError, cause: (any Error)? = nil) {
        self.error = error
        self.cause = cause
    }

    init(_ code: RPCStatusCode, _ message: String) { self.init(RPCError(code, message)) }

    /// Judges what a handler threw; unknown errors become a fixed message, so that nothing leaks.
    init(thrown error: any Error) {
        switch error {
        case let error as RPCError: self.init(error)
        case is CancellationError: self.init(.cancelled, "the call was cancelled")
        default:
            self.init(RPCError(.unknown, "the service failed to handle the call"), cause: error)
        }
    }
}

/// The `grpc-message` field: UTF-8, percent-encoded (gRPC over HTTP/2, "Responses").
enum StatusMessage {
    /// Encoded messages are cut at about this length, so that they always fit into the trailers.
    static let encodedBytesMax = 3072

    static func encode(_ message: String) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        var output: [UInt8] = []
        for scalar in message.unicodeScalars {
            guard output.count < encodedBytesMax else { break }
            for byte in String(scalar).utf8 {
                if (0x20...0x7e).contains(byte), byte != UInt8(ascii: "%") {
                    output.append(byte)
                } else {
                    output += [
                        UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0x0f)],
                    ]
                }
            }
        }
        return output
    }

    /// Decodes what it can and keeps the rest as it is, as the specification asks.
    static func decode(_ field: some Collection<UInt8>) -> String {
        let bytes = Array(field)
        var output: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = nibble(bytes[index + 1]), let low = nibble(bytes[index + 2])
            {
                output.append(high << 4 | low)
                index += 3
            } else {
                output.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        UInt8(String(UnicodeScalar(digit)), radix: 16)
    }
}
