internal import AllegroModels
internal import Foundation

/// The evidence that a store keeps, for its operator.
package struct EvidenceReport: Sendable {
    package var chainID: UInt64
    /// In the order in which the second payments came.
    package var items: [Evidence]

    /// Reads a store, beside the daemon that writes it or without one.
    ///
    /// - Throws: ``StoreError`` when there is no store, or none that this release can read.
    package init(storeIn directory: String) throws {
        let store = try ExistingStore.reading(directory)
        (chainID, items) = try store.snapshot { connection in
            let rows = try LogTable("evidence", connection).rows()
            return (
                try store.meta.owner().identity.chainID,
                try rows.map { try Evidence(row: $0.row) }
            )
        }
    }

    /// One line for each item: time, sender, nonce key, sequence and both payments.
    package var lines: [String] {
        items.map { item in
            """
            \(Timestamp.text(item.unixMillis)) sender=\(item.sender) \
            nonce_key=\(item.signedNonce.key) sequence=\(item.signedNonce.sequence) \
            certified=\(item.certifiedTxHash) refused=\(item.refusedTxHash)
            """
        }
    }

    /// Writes all items, with both payments as their sender signed them, as JSON.
    package func export(to path: String) throws {
        let file = try OutputFile(path)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try file.write(Array(encoder.encode(EvidenceFile(self))) + [UInt8(ascii: "\n")])
        try file.finish()
    }
}

/// The exported file; a change of what is in it is another version.
private struct EvidenceFile: Encodable {
    struct Payment: Encodable {
        var tx_hash: String
        var signed_transaction: String
    }

    struct Item: Encodable {
        var sender: String
        var nonce_key: String
        var sequence: UInt64
        var certified: Payment
        var refused: Payment
        var refused_unix_millis: UInt64
    }

    var format = "allegro-evidence"
    var version = 1
    var chain_id: UInt64
    var items: [Item]

    init(_ report: EvidenceReport) {
        chain_id = report.chainID
        items = report.items.map { item in
            Item(
                sender: "0x\(item.sender)", nonce_key: "0x\(item.signedNonce.key)",
                sequence: item.signedNonce.sequence,
                certified: Payment(
                    tx_hash: "0x\(item.certifiedTxHash)",
                    signed_transaction: "0x" + Hex.encode(item.certifiedBytes)),
                refused: Payment(
                    tx_hash: "0x\(item.refusedTxHash)",
                    signed_transaction: "0x" + Hex.encode(item.refusedBytes)),
                refused_unix_millis: item.unixMillis)
        }
    }
}
