package import AllegroModels

/// Which certificates of the bulletin board are asked for.
package struct BoardQuery: Hashable, Sendable {
    /// Whose certificates are asked for.
    package enum Filter: Hashable, Sendable {
        case all
        case txHash(TxHash)
        /// Payments from or to the account.
        case account(Address)
    }

    package var filter: Filter
    /// Only what was created at this time or later, in milliseconds since 1970.
    package var sinceUnixMillis: UInt64
    /// Only what stands behind this position.
    package var after: Int64
    /// How many at most.
    package var countMax: Int

    package init(filter: Filter, sinceUnixMillis: UInt64, after: Int64, countMax: Int) {
        self.filter = filter
        self.sinceUnixMillis = sinceUnixMillis
        self.after = after
        self.countMax = countMax
    }
}

/// One place of the bulletin board.
package struct BoardEntry: Hashable, Sendable {
    /// The place in this store's append order.
    package var position: Int64
    package var txHash: TxHash
    package var signer: ValidatorID
    package var effects: Effects
    package var epoch: UInt64
    package var createdUnixMillis: UInt64
    /// nil for our own, whose signature is made from the guard.
    package var signature: Ed25519Signature?
}

extension BoardEntry {
    /// The row, without its position.
    var row: [UInt8] {
        var row: [UInt8] = []
        row.reserveCapacity(272)
        txHash.append(to: &row)
        signer.append(to: &row)
        effects.sender.append(to: &row)
        effects.recipient.append(to: &row)
        row.append(bigEndian: effects.amount)
        effects.asset.append(to: &row)
        effects.nonce.key.append(to: &row)
        row.append(bigEndian: effects.nonce.sequence)
        row.append(bigEndian: epoch)
        row.append(bigEndian: createdUnixMillis)
        signature?.append(to: &row)
        return row
    }

    init(row: [UInt8], at position: Int64) throws(StoreError) {
        var reader = RowReader(row)
        self.position = position
        txHash = try reader.fixed()
        signer = try reader.fixed()
        let sender: Address = try reader.fixed()
        let recipient: Address = try reader.fixed()
        let amount: UInt64 = try reader.integer()
        let asset: Address = try reader.fixed()
        let key: NonceKey = try reader.fixed()
        effects = Effects(
            sender: sender, recipient: recipient, amount: amount, asset: asset,
            nonce: Nonce2D(key: key, sequence: try reader.integer()))
        epoch = try reader.integer()
        createdUnixMillis = try reader.integer()
        signature = reader.isAtEnd ? nil : try reader.fixed()
        try reader.end()
    }
}
