internal import AllegroModels
internal import SidecarCore

// Values to the bytes of a row and back. Bytes that do not fit are corruption, never a guess.

/// Reads the fields of a row in order.
struct RowReader {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func fixed<Value: FixedBytes>(_: Value.Type = Value.self) throws(StoreError) -> Value {
        guard let value = Value(bytes: try take(Value.byteCount)) else {
            throw .corrupted("a row's \(Value.self) is no such value")
        }
        return value
    }

    mutating func integer<Value: FixedWidthInteger>(
        _: Value.Type = Value.self
    ) throws(StoreError) -> Value {
        try take(Value.bitWidth / 8).reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
    }

    /// Whether every byte was read.
    var isAtEnd: Bool { offset == bytes.count }

    /// Bytes behind a 32-bit count of them.
    mutating func lengthPrefixed() throws(StoreError) -> [UInt8] {
        let count: UInt32 = try integer()
        return Array(try take(Int(count)))
    }

    /// - Throws: when the row goes on.
    func end() throws(StoreError) {
        guard offset == bytes.count else {
            throw .corrupted("a row has \(bytes.count) bytes, \(offset) were expected")
        }
    }

    private mutating func take(_ count: Int) throws(StoreError) -> ArraySlice<UInt8> {
        guard bytes.count - offset >= count else {
            throw .corrupted("a row ends after \(bytes.count) bytes")
        }
        defer { offset += count }
        return bytes[offset..<offset + count]
    }
}

/// A value that is one row.
protocol RowCodable {
    func append(to row: inout [UInt8])
    init(from row: inout RowReader) throws(StoreError)
}

extension RowCodable {
    var row: [UInt8] {
        var row: [UInt8] = []
        row.reserveCapacity(256)
        append(to: &row)
        return row
    }

    init(row: [UInt8]) throws(StoreError) {
        var reader = RowReader(row)
        try self.init(from: &reader)
        try reader.end()
    }
}

extension LaneState: RowCodable {
    func append(to row: inout [UInt8]) {
        row.append(bigEndian: next)
        row.append(bigEndian: confirmed)
        row.append(UInt8(use.rawValue))
        row.append(bigEndian: settled)
    }

    init(from row: inout RowReader) throws(StoreError) {
        let next: UInt64 = try row.integer()
        let confirmed: UInt64 = try row.integer()
        let number: UInt8 = try row.integer()
        guard let use = KeyUse(rawValue: Int(number)) else {
            throw .corrupted("a lane has key use \(number)")
        }
        self.init(next: next, confirmed: confirmed, use: use, settled: try row.integer())
    }
}

extension OverlayBalance: RowCodable {
    func append(to row: inout [UInt8]) {
        row.append(bigEndian: credits)
        row.append(bigEndian: debits)
        switch payingKeys {
        case .none: row.append(0)
        case .one(let key):
            row.append(1)
            key.append(to: &row)
        case .several: row.append(2)
        }
    }

    init(from row: inout RowReader) throws(StoreError) {
        let credits: UInt128 = try row.integer()
        let debits: UInt128 = try row.integer()
        let keys: PayingKeys
        switch try row.integer(UInt8.self) {
        case 0: keys = .none
        case 1: keys = .one(try row.fixed())
        case 2: keys = .several
        case let kind: throw .corrupted("an overlay has paying keys \(kind)")
        }
        self.init(credits: credits, debits: debits, payingKeys: keys)
    }
}

/// A slot with the places in the archive where what belongs to it is kept.
struct StoredSlot {
    var state: SlotState
    /// Of what the sender signed; nil while its bytes were never seen here.
    var signedBytesPosition: Int64?
    /// Of the quorum certificate that confirmed it; nil while none did.
    var quorumCertificatePosition: Int64?
}

/// How a slot's row is laid out, from its first byte.
private struct SlotFlags: OptionSet {
    let rawValue: UInt8

    static let signed = SlotFlags(rawValue: 1)
    static let confirmed = SlotFlags(rawValue: 2)
    /// The signed key is not the slot's.
    static let otherKey = SlotFlags(rawValue: 4)
    /// The confirmed payment is not, or not in the envelope, that was signed.
    static let otherPayment = SlotFlags(rawValue: 8)
    static let signedBytes = SlotFlags(rawValue: 16)
    static let quorumCertificate = SlotFlags(rawValue: 32)
}

extension StoredSlot {
    /// The row, without what its slot says already.
    func row(of slot: NonceSlot) -> [UInt8] {
        var flags: SlotFlags = []
        let signed = state.signed
        let confirmed = state.confirmed
        if let signed {
            flags.insert(.signed)
            if signed.signedNonce.key != slot.nonce.key { flags.insert(.otherKey) }
        }
        if let confirmed {
            flags.insert(.confirmed)
            if confirmed.txHash != signed?.txHash || confirmed.effects != signed?.effects {
                flags.insert(.otherPayment)
            }
        }
        if signedBytesPosition != nil { flags.insert(.signedBytes) }
        if quorumCertificatePosition != nil { flags.insert(.quorumCertificate) }

        var row: [UInt8] = []
        row.reserveCapacity(320)
        row.append(flags.rawValue)
        if let signed {
            signed.signingHash.append(to: &row)
            if flags.contains(.otherKey) { signed.signedNonce.key.append(to: &row) }
            signed.txHash.append(to: &row)
            Self.append(signed.effects, to: &row)
            row.append(bigEndian: signed.epoch)
            row.append(bigEndian: signed.createdUnixMillis)
            row.append(bigEndian: UInt32(signed.envelopes))
        }
        if let confirmed {
            confirmed.qcHash.append(to: &row)
            if flags.contains(.otherPayment) {
                confirmed.txHash.append(to: &row)
                Self.append(confirmed.effects, to: &row)
            }
        }
        if let signedBytesPosition { row.append(bigEndian: signedBytesPosition) }
        if let quorumCertificatePosition { row.append(bigEndian: quorumCertificatePosition) }
        return row
    }

    init(row: [UInt8], of slot: NonceSlot) throws(StoreError) {
        var reader = RowReader(row)
        let flags = SlotFlags(rawValue: try reader.integer())
        let signed =
            flags.contains(.signed) ? try Self.signed(flags, &reader, of: slot) : nil
        if flags.contains(.confirmed) {
            state = .confirmed(
                try Self.confirmed(flags, &reader, of: slot, signed), signed: signed)
        } else if let signed {
            state = .signed(signed)
        } else {
            throw .corrupted("slot \(slot) is neither signed nor confirmed")
        }
        if flags.contains(.signedBytes) { signedBytesPosition = try reader.integer() }
        if flags.contains(.quorumCertificate) {
            quorumCertificatePosition = try reader.integer()
        }
        try reader.end()
    }

    private static func signed(
        _ flags: SlotFlags, _ row: inout RowReader, of slot: NonceSlot
    ) throws(StoreError) -> SignedRecord {
        let signingHash: SigningHash = try row.fixed()
        let key = flags.contains(.otherKey) ? try row.fixed(NonceKey.self) : slot.nonce.key
        return SignedRecord(
            signingHash: signingHash,
            // Declared and signed sequence are equal for both kinds of payment (check 4).
            signedNonce: Nonce2D(key: key, sequence: slot.nonce.sequence),
            txHash: try row.fixed(), effects: try effects(&row, of: slot),
            epoch: try row.integer(), createdUnixMillis: try row.integer(),
            envelopes: Int(try row.integer(UInt32.self)))
    }

    private static func confirmed(
        _ flags: SlotFlags, _ row: inout RowReader, of slot: NonceSlot, _ signed: SignedRecord?
    ) throws(StoreError) -> ConfirmedRecord {
        let qcHash: QCHash = try row.fixed()
        guard !flags.contains(.otherPayment) else {
            return ConfirmedRecord(
                txHash: try row.fixed(), effects: try effects(&row, of: slot), qcHash: qcHash)
        }
        guard let signed else {
            throw .corrupted("slot \(slot) confirms what was signed, and nothing was")
        }
        return ConfirmedRecord(txHash: signed.txHash, effects: signed.effects, qcHash: qcHash)
    }

    private static func append(_ effects: Effects, to row: inout [UInt8]) {
        effects.recipient.append(to: &row)
        effects.asset.append(to: &row)
        row.append(bigEndian: effects.amount)
    }

    private static func effects(
        _ row: inout RowReader, of slot: NonceSlot
    ) throws(StoreError) -> Effects {
        let recipient: Address = try row.fixed()
        let asset: Address = try row.fixed()
        return Effects(
            sender: slot.account, recipient: recipient, amount: try row.integer(), asset: asset,
            nonce: slot.nonce)
    }
}
