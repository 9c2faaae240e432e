internal import CNghttp2

/// A header block: ordered fields, kept in one array so that a block costs one allocation.
///
/// Each field is the lengths of its name and value (32 bits each, host order), its name and its value.
/// Names are lower-case bytes, as on the wire.
package struct HTTP2Headers: Hashable, Sendable {
    private var storage: [UInt8] = []
    package private(set) var count = 0

    package init() {}

    /// Copies fields that have this form already.
    init(fields: UnsafeRawBufferPointer, count: Int) {
        storage = Array(fields)
        self.count = count
    }

    package var isEmpty: Bool { count == 0 }

    package mutating func reserveCapacity(bytes: Int) { storage.reserveCapacity(bytes) }

    /// Appends a field; `name` must already be lower-case.
    package mutating func append(name: some Collection<UInt8>, value: some Collection<UInt8>) {
        appendLengths(name.count, value.count)
        storage.append(contentsOf: name)
        storage.append(contentsOf: value)
        count += 1
    }

    /// Appends a field; `name` must already be lower-case.
    package mutating func append(_ name: StaticString, _ value: String) {
        precondition(name.hasPointerRepresentation, "a field name is more than one scalar")
        append(
            name: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount),
            value: value.utf8)
    }

    private mutating func appendLengths(_ name: Int, _ value: Int) {
        withUnsafeBytes(of: (UInt32(name), UInt32(value))) { storage.append(contentsOf: $0) }
    }

    /// Calls `body` with each field in order; the pointers are valid during the call only.
    package func forEach(
        _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Void
    ) {
        storage.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let (name, value) = bytes.loadUnaligned(
                    fromByteOffset: offset, as: (UInt32, UInt32).self)
                let nameStart = offset + 8
                let valueStart = nameStart + Int(name)
                offset = valueStart + Int(value)
                body(
                    UnsafeRawBufferPointer(rebasing: bytes[nameStart..<valueStart]),
                    UnsafeRawBufferPointer(rebasing: bytes[valueStart..<offset]))
            }
        }
    }

    /// The text of the first field of this name; nil when there is none.
    package func first(_ name: String) -> String? {
        var found: String?
        forEach { fieldName, value in
            if found == nil, fieldName.elementsEqual(name.utf8) {
                found = String(decoding: value, as: UTF8.self)
            }
        }
        return found
    }

    /// Calls `body` with the fields as the library takes them, to be copied by it.
    func withLibraryFields<Result>(
        _ body: (UnsafeMutablePointer<nghttp2_nv>?, Int) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: max(count, 1)) { fields in
            // The pointers go into `storage`, which must not move before the library has copied.
            storage.withUnsafeBufferPointer { _ in
                var index = 0
                forEach { name, value in
                    fields[index] = nghttp2_nv(
                        name: UnsafeMutablePointer(
                            mutating: name.bindMemory(to: UInt8.self).baseAddress),
                        value: UnsafeMutablePointer(
                            mutating: value.bindMemory(to: UInt8.self).baseAddress),
                        namelen: name.count, valuelen: value.count, flags: 0)
                    index += 1
                }
                return body(fields.baseAddress, index)
            }
        }
    }
}

/// A header block that is the same for every call: the library refers to its text without a copy.
package final class HTTP2StaticHeaders: Sendable {
    /// The fields as the library takes them.
    ///
    /// Unsafe to share in general, and right here: it is written in `init` alone, the library copies the
    /// array and only reads it, and the text that it points to is that of literals, which never goes.
    nonisolated(unsafe) let fields: UnsafeMutableBufferPointer<nghttp2_nv>

    /// Keeps `fields`; names must be lower-case.
    package init(_ fields: [(name: StaticString, value: StaticString)]) {
        let noCopy = NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue
        self.fields = .allocate(capacity: fields.count)
        _ = self.fields.initialize(
            fromContentsOf: fields.map { field in
                nghttp2_nv(
                    name: UnsafeMutablePointer(mutating: field.name.utf8Start),
                    value: UnsafeMutablePointer(mutating: field.value.utf8Start),
                    namelen: field.name.utf8CodeUnitCount,
                    valuelen: field.value.utf8CodeUnitCount,
                    flags: UInt8(noCopy))
            })
    }

    deinit { fields.deallocate() }
}

/// Where the fields of a block to be sent come from.
package enum HTTP2HeaderSource: Sendable {
    /// The same for every call.
    case fixed(HTTP2StaticHeaders)
    /// Made for this one.
    case built(HTTP2Headers)

    /// Calls `body` with the fields as the library takes them.
    func withLibraryFields<Result>(
        _ body: (UnsafeMutablePointer<nghttp2_nv>?, Int) -> Result
    ) -> Result {
        switch self {
        case .fixed(let headers): body(headers.fields.baseAddress, headers.fields.count)
        case .built(let headers): headers.withLibraryFields(body)
        }
    }
}
