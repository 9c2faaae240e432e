internal import AllegroCrypto
internal import AllegroModels

/// What a certificate and a quorum certificate change.
extension SidecarCore {
    /// The first signature for a slot: guard, order and debit.
    func certifyFirst(
        _ payment: AdmittedPayment, draft: consuming Draft<some LedgerFacts>, at moment: Moment
    ) throws -> Certification {
        var draft = draft
        let signed = record(of: payment, at: moment, envelopes: 1)
        draft.set(.signed(signed), at: payment.slot)
        draft.keep(payment.signedBytes, at: payment.slot)
        try takeSequence(of: payment, in: &draft)
        try draft.debit(payment.effects)
        let certificate = certificate(for: payment, signed)
        draft.add(certificate)
        return try certification(certificate, payment, draft)
    }

    /// Another signature for a payment that holds its slot; no money moves.
    func certifyAgain(
        _ payment: AdmittedPayment, _ state: SlotState, draft: consuming Draft<some LedgerFacts>,
        at moment: Moment
    ) throws -> Certification {
        var draft = draft
        // Learned from a quorum certificate, its bytes may be seen for the first time now.
        var signed = state.signed ?? record(of: payment, at: moment, envelopes: 0)
        let certificate = certificate(for: payment, signed)
        if signed.envelopes < envelopesPerPaymentMax,
            try !draft.hasOwnCertificate(payment.txHash)
        {
            signed.envelopes += 1
            draft.add(certificate)
        }
        if signed != state.signed {
            switch state {
            case .signed: draft.set(.signed(signed), at: payment.slot)
            case .confirmed(let confirmed, _):
                draft.set(.confirmed(confirmed, signed: signed), at: payment.slot)
            }
            if state.signed == nil { draft.keep(payment.signedBytes, at: payment.slot) }
            try takeSequence(of: payment, in: &draft)
        }
        return try certification(certificate, payment, draft)
    }

    private func record(
        of payment: AdmittedPayment, at moment: Moment, envelopes: Int
    ) -> SignedRecord {
        SignedRecord(
            signingHash: payment.signingHash, signedNonce: payment.signedNonce,
            txHash: payment.txHash, effects: payment.effects, epoch: epoch,
            createdUnixMillis: moment.unixMillis, envelopes: envelopes)
    }

    private func takeSequence(
        of payment: AdmittedPayment, in draft: inout Draft<some LedgerFacts>
    ) throws {
        if let nonce = payment.accountNonce {
            try draft.claim(nonce, for: payment.slot)
            if payment.slot.lane != payment.signedLane {
                try draft.note(.declaredElsewhere, of: payment.signedLane)
            }
        }
        try draft.note(payment.keyUse, of: payment.slot.lane)
        try draft.advance(payment.signedLane)
    }

    private func certificate(
        for payment: AdmittedPayment, _ signed: SignedRecord
    ) -> OwnCertificate {
        // The guard's creation time, so that a certificate is the same however often it is made.
        OwnCertificate(
            txHash: payment.txHash, effectsHash: payment.effectsHash, effects: payment.effects,
            epoch: signed.epoch, createdUnixMillis: signed.createdUnixMillis)
    }

    private func certification(
        _ certificate: OwnCertificate, _ payment: AdmittedPayment,
        _ draft: consuming Draft<some LedgerFacts>
    ) throws -> Certification {
        var draft = draft
        if !payment.clientRequestID.isEmpty {
            let request = ClientRequest(
                sender: payment.effects.sender, id: payment.clientRequestID)
            if try draft.clientRequest(request) == nil {
                draft.remember(request, as: payment.signingHash)
            }
        }
        return Certification(
            certificate: certificate, signingHash: payment.signingHash,
            changes: draft.changes, confirmedSlots: draft.confirmedSlots)
    }

    /// Applies a quorum certificate to a draft.
    ///
    /// - Returns: the conflict, if it contradicts one that is known; nil otherwise.
    func learn(
        _ qc: VerifiedQuorumCertificate, in draft: inout Draft<some LedgerFacts>
    ) throws -> Lesson? {
        let slot = NonceSlot(qc.effects)
        switch try draft.slot(slot) {
        case .confirmed(let known, _):
            guard known.effects == qc.effects else {
                return .conflict(
                    QuorumConflict(slot: slot, known: known.txHash, other: qc.txHash))
            }
            if try !draft.knowsQuorumCertificate(qc.hash) { draft.remember(qc.hash) }
        case .signed(let signed):
            if signed.effects != qc.effects {
                // A rival won (rule S7): ours can never settle, so its debit goes and the other's
                // comes. The guard stays, so nothing else is ever signed here.
                try draft.releaseDebit(signed.effects)
                try draft.debit(qc.effects)
            }
            try draft.credit(qc.effects)
            draft.confirm(slot, by: qc, signed: signed)
            try draft.advance(NonceLane(account: slot.account, key: signed.signedNonce.key))
        case .none:
            guard try slot.nonce.sequence >= draft.lane(slot.lane).settled else {
                return nil
            }
            try draft.debit(qc.effects)
            try draft.credit(qc.effects)
            draft.confirm(slot, by: qc, signed: nil)
            try draft.advance(slot.lane)
        }
        return nil
    }
}
