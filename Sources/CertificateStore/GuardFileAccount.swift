internal import AllegroModels
internal import SidecarCore

/// One account of a guard file.
struct GuardFileAccount: Codable {
    struct Overlay: Codable {
        var asset: Hexed<Address>
        var credits: DecimalText
        var debits: DecimalText
        /// `none`, `several`, or the one key.
        var paying_keys: String
    }

    struct Lane: Codable {
        var nonce_key: Hexed<NonceKey>
        var next: UInt64
        var confirmed: UInt64
        var settled: UInt64
        var use: String
    }

    struct Claim: Codable {
        var sequence: UInt64
        var declared_key: Hexed<NonceKey>
    }

    struct Transfer: Codable {
        var recipient: Hexed<Address>
        var asset: Hexed<Address>
        var amount: UInt64
    }

    struct Signed: Codable {
        var signing_hash: Hexed<SigningHash>
        var nonce_key: Hexed<NonceKey>
        var tx_hash: Hexed<TxHash>
        var effects: Transfer
        var epoch: UInt64
        var created_unix_millis: UInt64
        var envelopes: UInt32
        var signed_transaction: HexedBytes?
    }

    struct Confirmed: Codable {
        var tx_hash: Hexed<TxHash>
        var effects: Transfer
        var qc_hash: Hexed<QCHash>
    }

    struct Slot: Codable {
        var nonce_key: Hexed<NonceKey>
        var sequence: UInt64
        var signed: Signed?
        var confirmed: Confirmed?
    }

    var account: Hexed<Address>
    var overlays: [Overlay]
    var lanes: [Lane]
    var claims: [Claim]
    var slots: [Slot]
}

// MARK: Writing

extension GuardFileAccount {
    init(_ records: AccountGuard) {
        account = Hexed(records.account)
        overlays = records.sortedOverlays.map { asset, overlay in
            Overlay(
                asset: Hexed(asset), credits: DecimalText(overlay.credits),
                debits: DecimalText(overlay.debits), paying_keys: overlay.payingKeys.text)
        }
        lanes = records.sortedLanes.map { key, lane in
            Lane(
                nonce_key: Hexed(key), next: lane.next, confirmed: lane.confirmed,
                settled: lane.settled, use: lane.use.text)
        }
        claims = records.sortedClaims.map { sequence, key in
            Claim(sequence: sequence, declared_key: Hexed(key))
        }
        slots = records.sortedSlots.map { nonce, slot in
            Slot(
                nonce_key: Hexed(nonce.key), sequence: nonce.sequence,
                signed: slot.state.signed.map { Signed($0, slot.signedBytes) },
                confirmed: slot.state.confirmed.map(Confirmed.init(_:)))
        }
    }
}

extension GuardFileAccount.Transfer {
    fileprivate init(_ effects: Effects) {
        recipient = Hexed(effects.recipient)
        asset = Hexed(effects.asset)
        amount = effects.amount
    }

    fileprivate func effects(at slot: NonceSlot) -> Effects {
        Effects(
            sender: slot.account, recipient: recipient.value, amount: amount,
            asset: asset.value, nonce: slot.nonce)
    }
}

extension GuardFileAccount.Signed {
    fileprivate init(_ record: SignedRecord, _ signedBytes: [UInt8]?) {
        signing_hash = Hexed(record.signingHash)
        nonce_key = Hexed(record.signedNonce.key)
        tx_hash = Hexed(record.txHash)
        effects = GuardFileAccount.Transfer(record.effects)
        epoch = record.epoch
        created_unix_millis = record.createdUnixMillis
        envelopes = UInt32(clamping: record.envelopes)
        signed_transaction = signedBytes.map(HexedBytes.init(_:))
    }

    fileprivate func record(at slot: NonceSlot) -> SignedRecord {
        SignedRecord(
            signingHash: signing_hash.value,
            // Declared and signed sequence are equal for both kinds of payment (check 4).
            signedNonce: Nonce2D(key: nonce_key.value, sequence: slot.nonce.sequence),
            txHash: tx_hash.value, effects: effects.effects(at: slot), epoch: epoch,
            createdUnixMillis: created_unix_millis, envelopes: Int(envelopes))
    }
}

extension GuardFileAccount.Confirmed {
    fileprivate init(_ record: ConfirmedRecord) {
        tx_hash = Hexed(record.txHash)
        effects = GuardFileAccount.Transfer(record.effects)
        qc_hash = Hexed(record.qcHash)
    }

    fileprivate func record(at slot: NonceSlot) -> ConfirmedRecord {
        ConfirmedRecord(
            txHash: tx_hash.value, effects: effects.effects(at: slot), qcHash: qc_hash.value)
    }
}

// MARK: Reading

extension GuardFileAccount {
    /// The account's records.
    ///
    /// - Throws: when one thing is listed twice, or a word is unknown.
    func records() throws -> AccountGuard {
        var records = AccountGuard(account: account.value)
        for overlay in overlays {
            guard let keys = PayingKeys(text: overlay.paying_keys) else {
                throw problem("has paying keys '\(overlay.paying_keys)'")
            }
            let value = OverlayBalance(
                credits: overlay.credits.value, debits: overlay.debits.value, payingKeys: keys)
            guard records.overlays.updateValue(value, forKey: overlay.asset.value) == nil else {
                throw problem("lists asset \(overlay.asset.value) twice")
            }
        }
        for lane in lanes {
            guard let use = KeyUse(text: lane.use) else {
                throw problem("uses a key for '\(lane.use)'")
            }
            let state = LaneState(
                next: lane.next, confirmed: lane.confirmed, use: use, settled: lane.settled)
            guard records.lanes.updateValue(state, forKey: lane.nonce_key.value) == nil else {
                throw problem("lists nonce key \(lane.nonce_key.value) twice")
            }
        }
        for claim in claims {
            let key = claim.declared_key.value
            guard records.claims.updateValue(key, forKey: claim.sequence) == nil else {
                throw problem("claims account nonce \(claim.sequence) twice")
            }
        }
        for slot in slots {
            let nonce = Nonce2D(key: slot.nonce_key.value, sequence: slot.sequence)
            let value = try self.slot(slot, at: nonce)
            guard records.slots.updateValue(value, forKey: nonce) == nil else {
                throw problem("lists sequence \(nonce.sequence) of key \(nonce.key) twice")
            }
        }
        return records
    }

    private func slot(_ slot: Slot, at nonce: Nonce2D) throws -> AccountGuard.Slot {
        let place = NonceSlot(account: account.value, nonce: nonce)
        let signed = slot.signed?.record(at: place)
        let state: SlotState
        if let confirmed = slot.confirmed {
            state = .confirmed(confirmed.record(at: place), signed: signed)
        } else if let signed {
            state = .signed(signed)
        } else {
            throw problem("has sequence \(nonce.sequence) neither signed nor confirmed")
        }
        return AccountGuard.Slot(
            state: state, signedBytes: slot.signed?.signed_transaction?.value)
    }

    private func problem(_ what: String) -> GuardFileContent.Problem {
        GuardFileContent.Problem(text: "has an account \(account.value) that \(what)")
    }
}

// MARK: Words

extension PayingKeys {
    fileprivate var text: String {
        switch self {
        case .none: "none"
        case .one(let key): key.description
        case .several: "several"
        }
    }

    fileprivate init?(text: String) {
        switch text {
        case "none": self = .none
        case "several": self = .several
        default:
            guard let key = NonceKey(hex: text) else { return nil }
            self = .one(key)
        }
    }
}

extension KeyUse {
    fileprivate var text: String {
        switch self {
        case .unknown: "unknown"
        case .ethereum: "ethereum"
        case .native: "native"
        case .declaredElsewhere: "declared-elsewhere"
        }
    }

    fileprivate init?(text: String) {
        switch text {
        case "unknown": self = .unknown
        case "ethereum": self = .ethereum
        case "native": self = .native
        case "declared-elsewhere": self = .declaredElsewhere
        default: return nil
        }
    }
}
