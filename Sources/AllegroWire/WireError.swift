/// Why bytes are not the message that they should be.
package struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong with a field.
    package enum Problem: Hashable, Sendable {
        /// The bytes are not a protobuf message.
        case notProtobuf
        case missing
        /// A byte string whose length is fixed has another one.
        case wrongSize(bytes: Int, expected: Int)
        case tooLong(bytes: Int, bytesMax: Int)
        case tooMany(count: Int, countMax: Int)
        /// A number that the enumeration does not have.
        case unknownValue(Int)
        /// Set although another field says that it is not.
        case unexpected
        /// A position that no bulletin board gave out.
        case notACursor
        /// A position that no account's page gave out.
        case notAnAccountCursor
        /// A value that was received broken and so cannot be sent on.
        case malformed(String)
    }

    /// The protobuf path of the field, such as `nonce.nonce_key_be` or `parent_qcs[0].qc_hash`.
    package var field: String
    package var problem: Problem

    package init(_ field: String, _ problem: Problem) {
        self.field = field
        self.problem = problem
    }

    /// One line that begins with the field, such as `nonce.nonce_key_be: 31 bytes, expected 32`.
    package var description: String {
        switch problem {
        case .notProtobuf: "\(field): not a protobuf message"
        case .missing: "\(field): missing"
        case .wrongSize(let bytes, let expected): "\(field): \(bytes) bytes, expected \(expected)"
        case .tooLong(let bytes, let bytesMax): "\(field): \(bytes) bytes, at most \(bytesMax)"
        case .tooMany(let count, let countMax): "\(field): \(count) of them, at most \(countMax)"
        case .unknownValue(let value): "\(field): \(value) is not known"
        case .unexpected: "\(field): must not be set"
        case .notACursor: "\(field): not a position of this bulletin board"
        case .notAnAccountCursor: "\(field): not a position in an account"
        case .malformed(let reason): "\(field): \(reason)"
        }
    }

    /// The same problem seen from the message whose field `parent` holds this one's.
    ///
    /// An empty path stands for `parent` itself.
    func inside(_ parent: String) -> WireError {
        WireError(field.isEmpty ? parent : "\(parent).\(field)", problem)
    }
}
