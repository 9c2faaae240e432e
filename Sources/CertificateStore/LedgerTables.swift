internal import AllegroCrypto
internal import AllegroModels
internal import SidecarCore

/// The tables that decisions read and change, one prepared statement for each way.
struct LedgerTables {
    /// What ``SQLiteRow/slotState(of:)`` reads, beginning with the first column.
    static let slotColumns =
        "signing_hash, signed_key, signed_tx_hash, signed_recipient, signed_asset, signed_amount, "
        + "epoch, created_millis, envelopes, confirmed_tx_hash, confirmed_recipient, "
        + "confirmed_asset, confirmed_amount, confirmed_qc_hash"
    static let slotColumnCount: Int32 = 14

    private let readSlot: SQLiteStatement
    private let writeSlot: SQLiteStatement
    private let readClaim: SQLiteStatement
    private let writeClaim: SQLiteStatement
    private let readLane: SQLiteStatement
    private let writeLane: SQLiteStatement
    private let readOverlay: SQLiteStatement
    private let writeOverlay: SQLiteStatement
    private let writeQC: SQLiteStatement
    private let readQCHash: SQLiteStatement
    private let writeQCHash: SQLiteStatement
    private let trimQCHashes: SQLiteStatement
    private let readRequest: SQLiteStatement
    private let writeRequest: SQLiteStatement
    private let trimRequests: SQLiteStatement

    init(_ connection: SQLiteConnection) throws(SQLiteError) {
        readSlot = try connection.prepare(
            """
            SELECT \(Self.slotColumns) FROM slots
            WHERE sender = ?1 AND nonce_key = ?2 AND sequence = ?3
            """)
        writeSlot = try connection.prepare(
            """
            INSERT OR REPLACE INTO slots VALUES
                (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
            """)
        readClaim = try connection.prepare(
            "SELECT declared_key FROM claims WHERE sender = ?1 AND account_nonce = ?2")
        // A claim is for ever, so a second one for the same nonce is an error, not a replacement.
        writeClaim = try connection.prepare("INSERT INTO claims VALUES (?1, ?2, ?3)")
        readLane = try connection.prepare(
            """
            SELECT next_sequence, confirmed_sequence, key_use FROM lanes
            WHERE sender = ?1 AND nonce_key = ?2
            """)
        writeLane = try connection.prepare(
            "INSERT OR REPLACE INTO lanes VALUES (?1, ?2, ?3, ?4, ?5)")
        readOverlay = try connection.prepare(
            "SELECT credits, debits, paying_key FROM overlays WHERE account = ?1 AND asset = ?2")
        writeOverlay = try connection.prepare(
            "INSERT OR REPLACE INTO overlays VALUES (?1, ?2, ?3, ?4, ?5)")
        writeQC = try connection.prepare(
            "INSERT INTO quorum_certificates VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
        readQCHash = try connection.prepare(
            "SELECT position FROM known_qc_hashes WHERE qc_hash = ?1")
        writeQCHash = try connection.prepare(
            "INSERT OR IGNORE INTO known_qc_hashes (qc_hash) VALUES (?1)")
        trimQCHashes = try connection.prepare(
            """
            DELETE FROM known_qc_hashes
            WHERE position <= (SELECT max(position) FROM known_qc_hashes) - ?1
            """)
        readRequest = try connection.prepare(
            "SELECT signing_hash FROM client_requests WHERE sender = ?1 AND id = ?2")
        writeRequest = try connection.prepare(
            "INSERT INTO client_requests (sender, id, signing_hash) VALUES (?1, ?2, ?3)")
        trimRequests = try connection.prepare(
            """
            DELETE FROM client_requests
            WHERE position <= (SELECT max(position) FROM client_requests) - ?1
            """)
    }

    // MARK: Reading

    func slot(_ slot: NonceSlot) throws -> SlotState? {
        try readSlot.first(
            .bytes(slot.account), .bytes(slot.nonce.key), .unsigned(slot.nonce.sequence)
        ) { try $0.slotState(of: slot) }
    }

    func claim(of nonce: AccountNonce) throws -> NonceSlot? {
        try readClaim.first(.bytes(nonce.account), .unsigned(nonce.sequence)) {
            NonceSlot(
                account: nonce.account,
                nonce: Nonce2D(key: try $0.fixed(NonceKey.self, 0), sequence: nonce.sequence))
        }
    }

    func lane(_ lane: NonceLane) throws -> LaneState? {
        try readLane.first(.bytes(lane.account), .bytes(lane.key)) {
            guard let use = KeyUse(rawValue: Int($0.integer(2))) else {
                throw StoreError.corrupted("lane \(lane) has key use \($0.integer(2))")
            }
            return LaneState(next: $0.unsigned(0), confirmed: $0.unsigned(1), use: use)
        }
    }

    func overlay(of account: AccountAsset) throws -> OverlayBalance {
        try readOverlay.first(.bytes(account.account), .bytes(account.asset)) {
            OverlayBalance(
                credits: try $0.sum(0), debits: try $0.sum(1), payingKeys: try $0.payingKeys(2))
        } ?? .zero
    }

    func knowsQuorumCertificate(_ hash: QCHash) throws -> Bool {
        try readQCHash.first(.bytes(hash)) { _ in true } ?? false
    }

    func clientRequest(_ request: ClientRequest) throws -> SigningHash? {
        try readRequest.first(.bytes(request.sender), .text(request.id)) {
            try $0.fixed(SigningHash.self, 0)
        }
    }

    // MARK: Writing

    func write(_ state: SlotState, at slot: NonceSlot) throws(SQLiteError) {
        let signed = state.signed
        let confirmed = state.confirmed
        try writeSlot.run(
            .bytes(slot.account), .bytes(slot.nonce.key), .unsigned(slot.nonce.sequence),
            signed.map { .bytes($0.signingHash) } ?? .null,
            signed.map { .bytes($0.signedNonce.key) } ?? .null,
            signed.map { .bytes($0.txHash) } ?? .null,
            signed.map { .bytes($0.effects.recipient) } ?? .null,
            signed.map { .bytes($0.effects.asset) } ?? .null,
            signed.map { .unsigned($0.effects.amount) } ?? .null,
            signed.map { .unsigned($0.epoch) } ?? .null,
            signed.map { .unsigned($0.createdUnixMillis) } ?? .null,
            signed.map { .integer(Int64($0.envelopes)) } ?? .null,
            confirmed.map { .bytes($0.txHash) } ?? .null,
            confirmed.map { .bytes($0.effects.recipient) } ?? .null,
            confirmed.map { .bytes($0.effects.asset) } ?? .null,
            confirmed.map { .unsigned($0.effects.amount) } ?? .null,
            confirmed.map { .bytes($0.qcHash) } ?? .null)
    }

    func write(_ slot: NonceSlot, claiming nonce: AccountNonce) throws(SQLiteError) {
        try writeClaim.run(
            .bytes(nonce.account), .unsigned(nonce.sequence), .bytes(slot.nonce.key))
    }

    func write(_ state: LaneState, of lane: NonceLane) throws(SQLiteError) {
        try writeLane.run(
            .bytes(lane.account), .bytes(lane.key), .unsigned(state.next),
            .unsigned(state.confirmed), .integer(Int64(state.use.rawValue)))
    }

    func write(_ overlay: OverlayBalance, of account: AccountAsset) throws(SQLiteError) {
        try writeOverlay.run(
            .bytes(account.account), .bytes(account.asset), .sum(overlay.credits),
            .sum(overlay.debits), .payingKeys(overlay.payingKeys))
    }

    func write(_ qc: VerifiedQuorumCertificate, at slot: NonceSlot) throws(SQLiteError) {
        try writeQC.run(
            .bytes(slot.account), .bytes(slot.nonce.key), .unsigned(slot.nonce.sequence),
            .bytes(qc.hash), .integer(Int64(qc.quorumCertificate.threshold)),
            .blob(StoredCertificates.encode(qc.certificates)))
    }

    func write(_ hash: QCHash, keeping countMax: Int) throws(SQLiteError) {
        try writeQCHash.run(.bytes(hash))
        try trimQCHashes.run(.integer(Int64(countMax)))
    }

    func write(
        _ signingHash: SigningHash, as request: ClientRequest, keeping countMax: Int
    ) throws(SQLiteError) {
        try writeRequest.run(
            .bytes(request.sender), .text(request.id), .bytes(signingHash))
        try trimRequests.run(.integer(Int64(countMax)))
    }
}
