internal import AllegroModels
internal import SidecarCore

// Rows to values and back. A value that does not fit is corruption, never a guess.

extension SQLiteValue {
    static func bytes(_ value: some FixedBytes) -> SQLiteValue { .blob(value.bytes) }

    static func sum(_ value: UInt128) -> SQLiteValue {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: value)
        return .blob(bytes)
    }

    static func payingKeys(_ keys: PayingKeys) -> SQLiteValue {
        switch keys {
        case .none: .null
        case .one(let key): .bytes(key)
        case .several: .blob([])
        }
    }
}

extension SQLiteRow {
    func fixed<Value: FixedBytes>(_: Value.Type, _ column: Int32) throws -> Value {
        guard let value = Value(bytes: blob(column)) else {
            throw StoreError.corrupted("\(Value.self) of wrong size in column \(column)")
        }
        return value
    }

    func sum(_ column: Int32) throws -> UInt128 {
        let bytes = blob(column)
        guard bytes.count == 16 else {
            throw StoreError.corrupted("sum of \(bytes.count) bytes in column \(column)")
        }
        return bytes.reduce(0) { $0 << 8 | UInt128($1) }
    }

    func payingKeys(_ column: Int32) throws -> PayingKeys {
        if isNull(column) { return .none }
        return blob(column).isEmpty ? .several : .one(try fixed(NonceKey.self, column))
    }

    /// The state of `slot` from ``LedgerTables/slotColumns``.
    func slotState(of slot: NonceSlot) throws -> SlotState {
        let signed = isNull(0) ? nil : try signedRecord(of: slot)
        guard !isNull(9) else {
            guard let signed else {
                throw StoreError.corrupted("slot \(slot) is neither signed nor confirmed")
            }
            return .signed(signed)
        }
        let confirmed = ConfirmedRecord(
            txHash: try fixed(TxHash.self, 9),
            effects: Effects(
                sender: slot.account, recipient: try fixed(Address.self, 10),
                amount: unsigned(12), asset: try fixed(Address.self, 11), nonce: slot.nonce),
            qcHash: try fixed(QCHash.self, 13))
        return .confirmed(confirmed, signed: signed)
    }

    private func signedRecord(of slot: NonceSlot) throws -> SignedRecord {
        SignedRecord(
            signingHash: try fixed(SigningHash.self, 0),
            // Declared and signed sequence are equal for both kinds of payment (check 4).
            signedNonce: Nonce2D(
                key: try fixed(NonceKey.self, 1), sequence: slot.nonce.sequence),
            txHash: try fixed(TxHash.self, 2),
            effects: Effects(
                sender: slot.account, recipient: try fixed(Address.self, 3),
                amount: unsigned(5), asset: try fixed(Address.self, 4), nonce: slot.nonce),
            epoch: unsigned(6), createdUnixMillis: unsigned(7), envelopes: Int(integer(8)))
    }
}

/// The bytes of a stored quorum certificate: 104 a certificate, the rest is in the slot.
enum StoredCertificates {
    static func encode(_ certificates: [Certificate]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(certificates.count * 104)
        for certificate in certificates {
            certificate.signer.id.append(to: &bytes)
            certificate.signature.append(to: &bytes)
            bytes.append(bigEndian: certificate.createdUnixMillis)
        }
        return bytes
    }
}
