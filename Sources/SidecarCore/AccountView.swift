package import AllegroCrypto
package import AllegroModels

/// What is recorded of an account, or of a page of it, before it is put into words.
package struct AccountRecords: Sendable {
    package var account: Address
    package var assets: [Address]
    package var keys: [NonceKey]
    /// The slots of payments that the account sends.
    package var slots: [SlotState]

    package init(account: Address, assets: [Address], keys: [NonceKey], slots: [SlotState]) {
        self.account = account
        self.assets = assets
        self.keys = keys
        self.slots = slots
    }
}

/// An account as this validator would judge its next payment.
package struct AccountView: Hashable, Sendable {
    package var balances: [AccountBalance]
    package var nonces: [NonceProgress]
    package var payments: [UnsettledPayment]
}

extension SidecarCore {
    /// Says what decisions would find of the recorded account.
    package func view(
        of records: AccountRecords, on facts: some LedgerFacts
    ) throws -> AccountView {
        let account = records.account
        return AccountView(
            balances: try records.assets.map {
                try balance(of: AccountAsset(account: account, asset: $0), on: facts)
            },
            nonces: try records.keys.map {
                try progress(of: NonceLane(account: account, key: $0), on: facts)
            },
            payments: records.slots.map(UnsettledPayment.init(_:)))
    }

    /// What is held for the place of a quorum certificate that was learned.
    package func confirmation(
        of qc: VerifiedQuorumCertificate, on facts: some LedgerFacts
    ) throws -> ConfirmedPayment {
        var facts = facts
        let slot = NonceSlot(qc.effects)
        let known = try facts.slot(slot)?.confirmed
        return ConfirmedPayment(
            txHash: known?.txHash ?? qc.txHash, effects: qc.effects, qcHash: known?.qcHash,
            stage: .certified, nextSequence: try progress(of: slot.lane, on: facts).next)
    }

    /// A balance, and what the account's next payment could take of it (check 12).
    func balance(
        of account: AccountAsset, on facts: some LedgerFacts
    ) throws -> AccountBalance {
        var facts = facts
        let overlay = try facts.overlay(of: account)
        let base = try facts.baseBalance(of: account)
        let share = overlay.payingKeys == .several ? share : .whole
        let gross = share.of(overlay, on: base)
        return AccountBalance(
            asset: account.asset, base: base, credits: overlay.credits, debits: overlay.debits,
            available: gross - min(gross, overlay.debits))
    }

    /// How far a key has come, as the next payment that declares it would find it (check 9).
    func progress(
        of lane: NonceLane, on facts: some LedgerFacts
    ) throws -> NonceProgress {
        var draft = Draft(on: facts)
        var state = try draft.lane(lane)
        if let declared = try keyDeclared(for: lane, state, in: &draft) {
            // A payment known only by its quorum certificate takes its account nonce when the next one
            // is signed; until then its place must not look free.
            let order = NonceLane(account: lane.account, key: .protocol)
            try adoptConfirmedPredecessors(
                declaring: declared, in: order, before: .max, draft: &draft)
            state = try draft.lane(order)
        }
        return NonceProgress(key: lane.key, next: state.next, confirmed: state.confirmed)
    }

    /// The key that the account's Ethereum payments declare, if `lane` is theirs.
    private func keyDeclared(
        for lane: NonceLane, _ state: LaneState, in draft: inout Draft<some LedgerFacts>
    ) throws -> NonceKey? {
        switch state.use {
        case .unknown, .native: return nil
        case .ethereum: return lane.key
        case .declaredElsewhere:
            guard state.next > 0 else { return nil }
            let last = AccountNonce(account: lane.account, sequence: state.next - 1)
            return try draft.slot(takenWith: last)?.nonce.key
        }
    }
}

extension UnsettledPayment {
    /// The payment that holds a slot; of rivals, the one that a quorum certified (rule S7).
    init(_ state: SlotState) {
        switch state {
        case .signed(let signed):
            self.init(
                txHash: signed.txHash, effects: signed.effects, stage: .accepted, qcHash: nil,
                createdUnixMillis: signed.createdUnixMillis)
        case .confirmed(let confirmed, let signed):
            let isOurs = signed?.effects == confirmed.effects
            self.init(
                txHash: confirmed.txHash, effects: confirmed.effects, stage: .certified,
                qcHash: confirmed.qcHash,
                createdUnixMillis: isOurs ? signed?.createdUnixMillis ?? 0 : 0)
        }
    }
}
