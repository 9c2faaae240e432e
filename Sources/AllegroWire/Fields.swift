internal import AllegroModels
internal import FoundationEssentials

// Fields of fixed size, and the way from a field to the path that an error names.

/// Gives a byte field its meaning.
///
/// - Throws: ``WireError`` naming `field` when it has another size.
func parse<Value: FixedBytes>(
    _ bytes: Data, _ field: @autoclosure () -> String
) throws(WireError) -> Value {
    guard let value = Value(bytes: bytes.bytes) else {
        throw WireError(field(), .wrongSize(bytes: bytes.count, expected: Value.byteCount))
    }
    return value
}

/// Gives a byte field its meaning where an empty one stands for nil.
func parseOptional<Value: FixedBytes>(
    _ bytes: Data, _ field: @autoclosure () -> String
) throws(WireError) -> Value? {
    bytes.isEmpty ? nil : try parse(bytes, field())
}

/// Gives the 16 bytes of a 128-bit amount, big-endian, their meaning.
func parse(
    _ bytes: Data, _ field: @autoclosure () -> String
) throws(WireError) -> UInt128 {
    guard bytes.count == 16 else {
        throw WireError(field(), .wrongSize(bytes: bytes.count, expected: 16))
    }
    return bytes.reduce(0) { $0 << 8 | UInt128($1) }
}

/// Refuses text of more than `bytesMax` bytes of UTF-8.
func parse(
    _ text: String, bytesMax: Int, _ field: @autoclosure () -> String
) throws(WireError) -> String {
    guard text.utf8.count <= bytesMax else {
        throw WireError(field(), .tooLong(bytes: text.utf8.count, bytesMax: bytesMax))
    }
    return text
}

/// Parses the message in `field`; an error inside it names the whole path.
func within<Message, Value>(
    _ field: @autoclosure () -> String, _ message: Message,
    _ parse: (Message) throws(WireError) -> Value
) throws(WireError) -> Value {
    do {
        return try parse(message)
    } catch {
        throw error.inside(field())
    }
}

/// Parses the message in `field`, which must be set.
func required<Message, Value>(
    _ field: @autoclosure () -> String, isSet: Bool, _ message: Message,
    _ parse: (Message) throws(WireError) -> Value
) throws(WireError) -> Value {
    guard isSet else { throw WireError(field(), .missing) }
    return try within(field(), message, parse)
}

/// Parses the message in `field`; nil when it is not set.
func optional<Message, Value>(
    _ field: @autoclosure () -> String, isSet: Bool, _ message: Message,
    _ parse: (Message) throws(WireError) -> Value
) throws(WireError) -> Value? {
    isSet ? try within(field(), message, parse) : nil
}

/// Parses the messages of a repeated field; an error inside one names its position.
func parseEach<Message, Value>(
    _ messages: [Message], _ field: @autoclosure () -> String,
    countMax: Int = .max, _ parse: (Message) throws(WireError) -> Value
) throws(WireError) -> [Value] {
    guard messages.count <= countMax else {
        throw WireError(field(), .tooMany(count: messages.count, countMax: countMax))
    }
    var values: [Value] = []
    values.reserveCapacity(messages.count)
    for index in messages.indices {
        values.append(try within("\(field())[\(index)]", messages[index], parse))
    }
    return values
}

extension Data {
    /// The bytes of a value as a protobuf field holds them.
    init(_ value: some FixedBytes) { self = value.withUnsafeBytes { Data($0) } }

    /// The bytes of a value, or none for nil.
    init(_ value: (some FixedBytes)?) {
        self.init()
        if let value { self = Data(value) }
    }

    /// The 16 bytes of a 128-bit amount, big-endian.
    init(_ amount: UInt128) { self = Swift.withUnsafeBytes(of: amount.bigEndian) { Data($0) } }
}
