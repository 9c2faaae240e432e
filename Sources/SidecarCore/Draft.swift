internal import AllegroCrypto
internal import AllegroModels

/// The state as it would be after a decision that is still being made.
///
/// Reads see what was drafted so far and the ledger below it. Nothing reaches the ledger until the
/// drafted changes are taken; a refused request just drops its draft.
struct Draft<Facts: LedgerFacts> {
    private var facts: Facts
    private var slots = DraftMap<NonceSlot, SlotState>()
    private var signedBytes = DraftMap<NonceSlot, [UInt8]>()
    private var claims = DraftMap<AccountNonce, NonceSlot>()
    private var lanes = DraftMap<NonceLane, LaneState>()
    private var overlays = DraftMap<AccountAsset, OverlayBalance>()
    private var certificateHashes: Set<QCHash> = []
    private var records: [LedgerChange] = []

    /// The slots that a quorum certificate confirmed for the first time.
    private(set) var confirmedSlots: [NonceSlot] = []

    init(on facts: Facts) {
        self.facts = facts
    }

    /// Everything that was drafted, each key once.
    var changes: [LedgerChange] {
        var changes: [LedgerChange] = []
        changes.reserveCapacity(
            slots.entries.count + claims.entries.count + lanes.entries.count
                + overlays.entries.count + records.count)
        for (slot, state) in slots.entries {
            changes.append(.slot(slot, state, signedBytes: signedBytes[slot]))
        }
        for (nonce, slot) in claims.entries { changes.append(.claim(nonce, slot)) }
        for (lane, state) in lanes.entries { changes.append(.lane(lane, state)) }
        for (account, overlay) in overlays.entries { changes.append(.overlay(account, overlay)) }
        changes.append(contentsOf: records)
        return changes
    }

    // MARK: Reading

    mutating func slot(_ slot: NonceSlot) throws -> SlotState? {
        if let drafted = slots[slot] { return drafted }
        return try facts.slot(slot)
    }

    /// The slot that a payment with this account nonce took, whatever key it declared.
    mutating func slot(takenWith nonce: AccountNonce) throws -> NonceSlot? {
        if let drafted = claims[nonce] { return drafted }
        if let claimed = try facts.claim(of: nonce) { return claimed }
        let own = NonceSlot(
            account: nonce.account, nonce: Nonce2D(key: .protocol, sequence: nonce.sequence))
        return try slot(own) == nil ? nil : own
    }

    mutating func lane(_ lane: NonceLane) throws -> LaneState {
        if let drafted = lanes[lane] { return drafted }
        return try facts.lane(lane)
    }

    mutating func knowsQuorumCertificate(_ hash: QCHash) throws -> Bool {
        if certificateHashes.contains(hash) { return true }
        return try facts.knowsQuorumCertificate(hash)
    }

    mutating func hasOwnCertificate(_ txHash: TxHash) throws -> Bool {
        try facts.hasOwnCertificate(txHash)
    }

    mutating func clientRequest(_ request: ClientRequest) throws -> SigningHash? {
        try facts.clientRequest(request)
    }

    /// Whether other keys than `key` pay out of the balance too.
    mutating func isShared(_ account: AccountAsset, with key: NonceKey) throws -> Bool {
        try overlay(of: account).payingKeys.including(key) == .several
    }

    /// Base + credits − debits (rule S8), of which only `share` of base + credits counts.
    ///
    /// Negative while credits are still on their way here.
    mutating func available(
        of account: AccountAsset, share: BalanceShare
    ) throws -> Int128 {
        let overlay = try overlay(of: account)
        let base = try facts.baseBalance(of: account)
        let gross = share.of(overlay, on: base)
        // Clamped only where no real balance can be.
        if gross >= overlay.debits {
            return Int128(clamping: gross - overlay.debits)
        }
        return -Int128(clamping: overlay.debits - gross)
    }

    private mutating func overlay(of account: AccountAsset) throws -> OverlayBalance {
        if let drafted = overlays[account] { return drafted }
        return try facts.overlay(of: account)
    }

    // MARK: Drafting

    mutating func set(_ state: SlotState, at slot: NonceSlot) {
        slots[slot] = state
    }

    /// Keeps what the sender signed for the payment that takes the slot.
    mutating func keep(_ signed: [UInt8], at slot: NonceSlot) {
        signedBytes[slot] = signed
    }

    mutating func debit(_ effects: Effects) throws {
        let account = AccountAsset(account: effects.sender, asset: effects.asset)
        var overlay = try overlay(of: account)
        overlay.debits += UInt128(effects.amount)
        overlay.payingKeys = overlay.payingKeys.including(effects.nonce.key)
        overlays[account] = overlay
    }

    mutating func credit(_ effects: Effects) throws {
        let account = AccountAsset(account: effects.recipient, asset: effects.asset)
        var overlay = try overlay(of: account)
        overlay.credits += UInt128(effects.amount)
        overlays[account] = overlay
    }

    /// Takes back the debit of a payment that can no longer settle.
    mutating func releaseDebit(_ effects: Effects) throws {
        let account = AccountAsset(account: effects.sender, asset: effects.asset)
        var overlay = try overlay(of: account)
        precondition(overlay.debits >= UInt128(effects.amount), "a debit is released once")
        overlay.debits -= UInt128(effects.amount)
        overlays[account] = overlay
    }

    mutating func claim(_ nonce: AccountNonce, for slot: NonceSlot) throws {
        // A payment that declares key 0 takes its account nonce by its slot alone; one that was taken
        // for an earlier payment of the account has its claim already.
        guard slot.nonce.key != .protocol, try self.slot(takenWith: nonce) == nil else { return }
        claims[nonce] = slot
    }

    /// Notes what the account uses a declared key for.
    mutating func note(_ use: KeyUse, of lane: NonceLane) throws {
        var state = try self.lane(lane)
        guard state.use == .unknown else { return }
        state.use = use
        lanes[lane] = state
    }

    /// Moves a lane past what is taken and past what is confirmed.
    mutating func advance(_ lane: NonceLane) throws {
        let before = try self.lane(lane)
        var state = before
        while state.next < .max, try slotState(at: state.next, in: lane) != nil {
            state.next += 1
        }
        while state.confirmed < state.next,
            try slotState(at: state.confirmed, in: lane)?.confirmed != nil
        {
            state.confirmed += 1
        }
        if state != before { lanes[lane] = state }
    }

    /// The slot that takes, or would take, a sequence of a lane.
    mutating func slot(at sequence: UInt64, in lane: NonceLane) throws -> NonceSlot {
        if lane.key == .protocol,
            let taken = try slot(
                takenWith: AccountNonce(account: lane.account, sequence: sequence))
        {
            return taken
        }
        return NonceSlot(
            account: lane.account, nonce: Nonce2D(key: lane.key, sequence: sequence))
    }

    private mutating func slotState(
        at sequence: UInt64, in lane: NonceLane
    ) throws -> SlotState? {
        guard let state = try slot(slot(at: sequence, in: lane)) else { return nil }
        // An Ethereum payment that only declares this key leaves the chain's sequence where it is.
        guard let signed = state.signed else { return state }
        return signed.signedNonce.key == lane.key ? state : nil
    }

    mutating func confirm(
        _ slot: NonceSlot, by qc: VerifiedQuorumCertificate, signed: SignedRecord?
    ) {
        let record = ConfirmedRecord(txHash: qc.txHash, effects: qc.effects, qcHash: qc.hash)
        slots[slot] = .confirmed(record, signed: signed)
        certificateHashes.insert(qc.hash)
        records.append(.quorumCertificate(slot, qc))
        confirmedSlots.append(slot)
    }

    mutating func remember(_ hash: QCHash) {
        if certificateHashes.insert(hash).inserted {
            records.append(.quorumCertificateHash(hash))
        }
    }

    mutating func add(_ certificate: OwnCertificate) {
        records.append(.ownCertificate(certificate))
    }

    mutating func remember(_ request: ClientRequest, as signingHash: SigningHash) {
        records.append(.clientRequest(request, signingHash))
    }
}
