internal import AllegroModels

/// The text of a position: one byte that says which lists were begun, then the last of each.
///
/// It holds no number of the store, as a bulletin board's cursor does: these lists are in order of
/// what is in them, so a position means the same in any store.
extension AccountPosition {
    private static let hasAsset: UInt8 = 1
    private static let hasKey: UInt8 = 2
    private static let hasPayment: UInt8 = 4

    /// Parses what ``cursor`` gives; nil for anything else, other spellings included.
    package init?(cursor: String) {
        guard let bytes = Hex.decode(cursor), let lists = bytes.first else { return nil }
        self.init()
        var rest = bytes.dropFirst()
        if lists & Self.hasAsset != 0 {
            guard let asset = Address(bytes: rest.prefix(Address.byteCount)) else { return nil }
            self.asset = asset
            rest = rest.dropFirst(Address.byteCount)
        }
        if lists & Self.hasKey != 0 {
            guard let key = NonceKey(bytes: rest.prefix(NonceKey.byteCount)) else { return nil }
            self.key = key
            rest = rest.dropFirst(NonceKey.byteCount)
        }
        if lists & Self.hasPayment != 0 {
            guard let key = NonceKey(bytes: rest.prefix(NonceKey.byteCount)) else { return nil }
            let sequence = rest.dropFirst(NonceKey.byteCount).prefix(8)
            payment = Nonce2D(key: key, sequence: sequence.reduce(0) { $0 << 8 | UInt64($1) })
        }
        // Too long, too short, or written otherwise: what comes back tells.
        guard self.cursor == cursor else { return nil }
    }

    /// Lower-case hex: which lists were begun, then asset, key, and the payment's key and sequence.
    package var cursor: String {
        var lists: UInt8 = 0
        var bytes: [UInt8] = []
        if let asset {
            lists |= Self.hasAsset
            asset.append(to: &bytes)
        }
        if let key {
            lists |= Self.hasKey
            key.append(to: &bytes)
        }
        if let payment {
            lists |= Self.hasPayment
            payment.key.append(to: &bytes)
            bytes.append(bigEndian: payment.sequence)
        }
        return Hex.encode([lists] + bytes)
    }
}
