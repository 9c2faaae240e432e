internal import AllegroCrypto
package import AllegroModels
internal import SidecarCore

/// Two payments of one sender for one nonce, both as the sender signed them.
///
/// Anyone can check it: both recover to the same sender and carry the same nonce, and they differ.
package struct Evidence: Hashable, Sendable {
    package var sender: Address
    /// The nonce in both payments' signed bytes.
    package var signedNonce: Nonce2D
    package var certifiedTxHash: TxHash
    package var certifiedBytes: [UInt8]
    package var refusedTxHash: TxHash
    package var refusedBytes: [UInt8]
    /// When the second one was refused, in milliseconds since 1970.
    package var unixMillis: UInt64
}

extension Evidence: RowCodable {
    func append(to row: inout [UInt8]) {
        sender.append(to: &row)
        signedNonce.key.append(to: &row)
        row.append(bigEndian: signedNonce.sequence)
        certifiedTxHash.append(to: &row)
        refusedTxHash.append(to: &row)
        row.append(bigEndian: unixMillis)
        row.append(lengthPrefixed: certifiedBytes)
        row.append(lengthPrefixed: refusedBytes)
    }

    init(from row: inout RowReader) throws(StoreError) {
        sender = try row.fixed()
        let key: NonceKey = try row.fixed()
        signedNonce = Nonce2D(key: key, sequence: try row.integer())
        certifiedTxHash = try row.fixed()
        refusedTxHash = try row.fixed()
        unixMillis = try row.integer()
        certifiedBytes = try row.lengthPrefixed()
        refusedBytes = try row.lengthPrefixed()
    }
}

/// The equivocations that were seen: the first few of each sender.
///
/// What is there is never displaced, so that nobody gets rid of evidence by making more of it.
struct EvidenceLog {
    private let table: LogTable
    private let perSenderMax: Int
    private let bytesMax: Int

    private var seen: [Address: Set<Bytes32>] = [:]
    private var byteCount = 0
    private var lastPosition: Int64 = 0

    init(_ table: LogTable, perSenderMax: Int, bytesMax: Int) throws {
        self.table = table
        self.perSenderMax = perSenderMax
        self.bytesMax = bytesMax
        for (position, row) in try table.rows() {
            count(try Evidence(row: row), bytes: row.count, at: position)
        }
    }

    /// Whether there is room for it and it is not there yet.
    func takes(_ equivocation: Equivocation) -> Bool {
        guard let seen = seen[equivocation.sender] else { return byteCount < bytesMax }
        return seen.count < perSenderMax && byteCount < bytesMax
            && !seen.contains(sha256(equivocation.refusedBytes))
    }

    mutating func append(_ evidence: Evidence) throws(SQLiteError) {
        let row = evidence.row
        try table.append(row, at: lastPosition + 1)
        count(evidence, bytes: row.count, at: lastPosition + 1)
    }

    private mutating func count(_ evidence: Evidence, bytes: Int, at position: Int64) {
        seen[evidence.sender, default: []].insert(sha256(evidence.refusedBytes))
        byteCount += bytes
        lastPosition = position
    }
}
