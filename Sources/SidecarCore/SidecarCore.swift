package import AllegroCrypto
package import AllegroModels

/// The validator's judgement: which payment to certify, and what a quorum certificate changes.
///
/// A value without I/O and without a clock. Facts come in, a decision comes out together with what
/// it changes, and whoever asked records that before anything is signed.
package struct SidecarCore: Sendable {
    /// How many envelopes of one payment are kept on the bulletin board.
    ///
    /// Further ones are certified all the same: the guard holds everything a certificate is made of.
    package var envelopesPerPaymentMax: Int

    /// The committee's epoch, which new certificates carry.
    package var epoch: UInt64

    /// How much of a balance payments under several keys may take.
    private(set) var share: BalanceShare

    /// - Parameter seats: how many validators the committee has.
    package init(epoch: UInt64, seats: Int, envelopesPerPaymentMax: Int = 4) {
        self.epoch = epoch
        share = BalanceShare(seats: seats)
        self.envelopesPerPaymentMax = envelopesPerPaymentMax
    }

    /// What is to be done with a request.
    package enum Decision: Sendable {
        /// Record the changes, then sign.
        case certify(Certification)
        /// Ask again once the slot is confirmed; refuse if that takes too long.
        case wait(forConfirmationOf: NonceSlot, RejectReason)
        /// Answer with the reason; nothing of the payment is stored but what it proves.
        case refuse(RejectReason, proof: Proof?)
    }

    /// What a refused request shows of others than this validator.
    package enum Proof: Sendable {
        /// Its sender signed two payments for one nonce.
        case equivocation(Equivocation)
        /// The committee did.
        case conflict(QuorumConflict)
    }

    /// A certificate that may be signed once its changes are durable.
    package struct Certification: Sendable {
        package var certificate: OwnCertificate
        package var signingHash: SigningHash
        package var changes: [LedgerChange]
        /// Slots that a presented quorum certificate confirmed for the first time.
        package var confirmedSlots: [NonceSlot]
    }

    /// What a quorum certificate changes.
    package enum Lesson: Sendable {
        /// It was known, or everything that it says is settled.
        case nothingNew
        case confirmed(changes: [LedgerChange], slots: [NonceSlot])
        case conflict(QuorumConflict)
    }

    /// Decides on a request: checks 6 to 12 of the protocol, in its order.
    package func decide(
        _ payment: AdmittedPayment, at moment: Moment, on facts: some LedgerFacts
    ) throws -> Decision {
        var draft = Draft(on: facts)
        do {
            // A quorum certificate that came with the request counts for every check below; if the
            // request is refused, the draft goes and with it what was learned.
            for parent in payment.parents.verified {
                if case .conflict(let conflict) = try learn(parent, in: &draft) {
                    return .refuse(conflict.reason, proof: .conflict(conflict))
                }
            }
            try checkClientRequest(of: payment, in: &draft)
            let state = try slotState(of: payment, in: &draft)
            if state?.signed == nil { try checkKeyUse(of: payment, in: &draft) }
            if let state {
                return .certify(try certifyAgain(payment, state, draft: draft, at: moment))
            }
            try checkExpiry(of: payment, at: moment)
            if let missing = try checkSequence(of: payment, in: &draft) {
                return .wait(
                    forConfirmationOf: missing,
                    RejectReason(
                        .temporaryUnavailable,
                        "no quorum certificate for sequence \(missing.nonce.sequence) yet"))
            }
            try checkParents(of: payment, in: &draft)
            try checkBalance(of: payment, in: &draft)
        } catch let taken as PlaceTaken {
            return .refuse(
                taken.reason,
                proof: taken.equivocation(of: payment, at: moment).map(Proof.equivocation))
        } catch let refusal as RejectReason {
            return .refuse(refusal, proof: nil)
        }
        return .certify(try certifyFirst(payment, draft: draft, at: moment))
    }

    /// Works out what a quorum certificate from a peer or a client changes (rules S6 and S7).
    package func learn(
        _ qc: VerifiedQuorumCertificate, on facts: some LedgerFacts
    ) throws -> Lesson {
        var draft = Draft(on: facts)
        if let conflict = try learn(qc, in: &draft) { return conflict }
        let changes = draft.changes
        guard !changes.isEmpty else { return .nothingNew }
        return .confirmed(changes: changes, slots: draft.confirmedSlots)
    }
}
