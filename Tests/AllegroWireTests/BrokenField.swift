import GRPC
import Testing

/// A message with one field that is wrong, and the line that says so.
struct BrokenField: Sendable, CustomTestStringConvertible {
    /// The field's numbers from the outermost message on.
    var path: [Int]
    /// What stands there; nil for nothing.
    var value: ProtobufTree?
    var message: String

    init(_ path: [Int], _ value: ProtobufTree?, _ message: String) {
        self.path = path
        self.value = value
        self.message = message
    }

    var testDescription: String { message }
}

/// The message of the status that decoding ends a call with; nil when it does not.
func refusal<Value>(
    of decode: ([UInt8]) throws -> Value, _ tree: ProtobufTree
) -> String? {
    do {
        _ = try decode(tree.encoded)
        return nil
    } catch let error as RPCError {
        return error.message
    } catch {
        return "thrown as no status: \(error)"
    }
}
