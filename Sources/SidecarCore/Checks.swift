internal import AllegroCrypto
internal import AllegroModels

/// Checks 6 to 12 of the protocol (docs/04-sidecar.md), one function each.
extension SidecarCore {
    /// The same client's name must not come with another payment.
    func checkClientRequest(
        of payment: AdmittedPayment, in draft: inout Draft<some LedgerFacts>
    ) throws {
        guard !payment.clientRequestID.isEmpty else { return }
        let request = ClientRequest(
            sender: payment.effects.sender, id: payment.clientRequestID)
        guard let known = try draft.clientRequest(request) else { return }
        guard known == payment.signingHash else {
            throw RejectReason(
                .invalidFormat, "client_request_id was used for another payment of this sender")
        }
    }

    /// The slot's state if the same payment holds it; nil if the slot is free (checks 6 and 7).
    ///
    /// - Throws: ``PlaceTaken`` when another payment holds the slot or the account nonce.
    func slotState(
        of payment: AdmittedPayment, in draft: inout Draft<some LedgerFacts>
    ) throws -> SlotState? {
        if let nonce = payment.accountNonce,
            let taken = try draft.slot(takenWith: nonce), taken != payment.slot,
            let state = try draft.slot(taken)
        {
            throw PlaceTaken(
                slot: taken, state: state,
                place: "account nonce \(nonce.sequence) under declared key \(taken.nonce.key)")
        }
        guard let state = try draft.slot(payment.slot) else { return nil }
        let isSame: Bool
        switch state {
        case .signed(let signed), .confirmed(_, signed: .some(let signed)):
            isSame = signed.signingHash == payment.signingHash
        case .confirmed(let confirmed, signed: .none):
            // Its bytes were never seen here. Equal effects may be another envelope of it; if they
            // are a rival after all, no quorum will join this first signature of ours.
            isSame = confirmed.effects == payment.effects
        }
        guard isSame else {
            throw PlaceTaken(
                slot: payment.slot, state: state,
                place:
                    "nonce key \(payment.slot.nonce.key) sequence \(payment.slot.nonce.sequence)")
        }
        return state
    }

    /// The envelope must not have expired (check 8).
    func checkExpiry(of payment: AdmittedPayment, at moment: Moment) throws(RejectReason) {
        switch payment.expiry {
        case .maxBlockHeight(let height):
            guard moment.blockHeight < height else {
                throw RejectReason(
                    .expired, "block height is \(moment.blockHeight), expiry was \(height)")
            }
        case .unixMillis(let millis):
            guard moment.unixMillis < millis else {
                throw RejectReason(
                    .expired, "time is \(moment.unixMillis) ms, expiry was \(millis) ms")
            }
        }
    }

    /// The sequence must be the next one (check 9) and all before it confirmed (check 10).
    ///
    /// - Returns: the first slot whose quorum certificate is missing; nil when the order is right.
    func checkSequence(
        of payment: AdmittedPayment, in draft: inout Draft<some LedgerFacts>
    ) throws -> NonceSlot? {
        let sequence = payment.signedNonce.sequence
        if payment.accountNonce != nil {
            try adoptConfirmedPredecessors(
                declaring: payment.slot.nonce.key, in: payment.signedLane, before: sequence,
                draft: &draft)
        }
        let lane = try draft.lane(payment.signedLane)
        guard sequence >= lane.next else {
            throw RejectReason(
                .nonceSeqTooLow, "sequence is \(sequence), expected \(lane.next)")
        }
        guard sequence == lane.next else {
            throw RejectReason(
                .nonceSeqTooHigh, "sequence is \(sequence), expected \(lane.next)")
        }
        guard sequence < .max else {
            throw RejectReason(.invalidFormat, "sequence 2^64 - 1 has no successor on the chain")
        }
        guard lane.confirmed < sequence else { return nil }
        return try draft.slot(at: lane.confirmed, in: payment.signedLane)
    }

    /// A declared key belongs to the account's Ethereum payments or is a nonce key of its native ones.
    ///
    /// A quorum certificate does not say which of the two its payment is, so the same key must never
    /// stand for both.
    func checkKeyUse(
        of payment: AdmittedPayment, in draft: inout Draft<some LedgerFacts>
    ) throws {
        let key = payment.slot.nonce.key
        switch (try draft.lane(payment.slot.lane).use, payment.keyUse) {
        case (.unknown, .ethereum) where key != .protocol:
            try checkFirstUse(ofDeclaredKeyOf: payment, in: &draft)
        case (.unknown, _), (.ethereum, .ethereum), (.native, .native): break
        case (.ethereum, _):
            throw RejectReason(
                .invalidFormat,
                "nonce key \(key) is declared by Ethereum payments of this sender")
        case (.native, _): throw isNative(key)
        case (.declaredElsewhere, _): throw isDeclaredElsewhere()
        }
    }

    /// An account's Ethereum payments all declare one key.
    ///
    /// Were there several, a native payment with a quorum certificate could stand here for the account
    /// nonce of an Ethereum one, whose debit this validator would then miss (docs/decisions/0001).
    private func checkFirstUse(
        ofDeclaredKeyOf payment: AdmittedPayment, in draft: inout Draft<some LedgerFacts>
    ) throws {
        guard try draft.lane(payment.signedLane).use == .unknown else {
            throw isDeclaredElsewhere()
        }
        // Only native payments move a key's sequence on the chain. Below it, quorum certificates count
        // as settled, so that an Ethereum one's would never be learned.
        guard try draft.lane(payment.slot.lane).settled == 0 else {
            throw isNative(payment.slot.nonce.key)
        }
    }

    private func isNative(_ key: NonceKey) -> RejectReason {
        RejectReason(.invalidFormat, "nonce key \(key) is used by native payments of this sender")
    }

    private func isDeclaredElsewhere() -> RejectReason {
        RejectReason(
            .invalidFormat, "Ethereum payments of this sender declare another nonce key")
    }

    /// Takes confirmed payments whose bytes were never seen here for the account's earlier ones.
    ///
    /// A quorum certificate does not say whether its payment is an Ethereum one, so the account nonce
    /// that it used is unknown until the account's next payment, under the same declared key, says so.
    /// Were that a lie, an honest signer of the confirmed payment would know, and no quorum could be
    /// had for the next one without it.
    func adoptConfirmedPredecessors(
        declaring declared: NonceKey, in lane: NonceLane, before sequence: UInt64,
        draft: inout Draft<some LedgerFacts>
    ) throws {
        guard declared != .protocol else { return }
        while true {
            let next = try draft.lane(lane).next
            guard next < sequence else { return }
            let slot = NonceSlot(
                account: lane.account, nonce: Nonce2D(key: declared, sequence: next))
            guard case .confirmed(_, signed: .none) = try draft.slot(slot) else { return }
            try draft.claim(AccountNonce(account: lane.account, sequence: next), for: slot)
            try draft.advance(lane)
        }
    }

    /// Every presented parent verifies, and the named one is known (check 11).
    func checkParents(
        of payment: AdmittedPayment, in draft: inout Draft<some LedgerFacts>
    ) throws {
        if let problem = payment.parents.problem { throw problem }
        guard let parent = payment.parentQCHash else { return }
        if payment.parents.verified.contains(where: { $0.hash == parent }) { return }
        guard try draft.knowsQuorumCertificate(parent) else {
            throw RejectReason(
                .missingParentQC, "parent \(parent) is neither presented nor known here")
        }
    }

    /// What is available covers the amount (check 12, rule S8).
    func checkBalance(
        of payment: AdmittedPayment, in draft: inout Draft<some LedgerFacts>
    ) throws {
        let effects = payment.effects
        let account = AccountAsset(account: effects.sender, asset: effects.asset)
        let isShared = try draft.isShared(account, with: effects.nonce.key)
        let available = try draft.available(of: account, share: isShared ? share : .whole)
        guard available >= Int128(effects.amount) else {
            let limit = isShared ? " of the \(share) that several nonce keys may use" : ""
            throw RejectReason(
                .insufficientFunds,
                """
                available \(max(available, 0))\(limit), needed \(effects.amount); \
                a parent quorum certificate can add credit
                """)
        }
    }
}
