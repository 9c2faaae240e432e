internal import AllegroCrypto
internal import AllegroModels
internal import AllegroWire
internal import SidecarCore

/// The checks that need no state: 1 to 5, and whether presented quorum certificates verify.
///
/// They cost most of a payment's time and run on as many threads as ask.
struct Admission: Sendable {
    private let chainID: UInt64
    private let lane: LanePolicy
    private let committee: CommitteeDirectory

    init(chainID: UInt64, lane: LanePolicy, committee: CommitteeDirectory) {
        self.chainID = chainID
        self.lane = lane
        self.committee = committee
    }

    /// Admits a request whose fields have their sizes.
    ///
    /// - Throws: the first check that failed.
    func admit(
        _ request: SubmitRequest, at moment: Moment
    ) throws(RejectReason) -> AdmittedPayment {
        let transaction = request.transaction
        guard transaction.chainID == chainID else {
            throw RejectReason(
                .wrongChain, "chain_id is \(transaction.chainID), this validator's is \(chainID)")
        }
        let signed = try decode(transaction)
        try checkIntents(of: transaction, against: signed)
        try checkNonce(of: transaction, against: signed)
        try checkWindow(of: signed, covers: transaction.expiry, at: moment)

        let effects = Effects(
            sender: signed.sender, recipient: signed.recipient, amount: signed.amount,
            asset: signed.asset, nonce: transaction.nonce)
        return AdmittedPayment(
            txHash: transaction.txHash, effectsHash: effects.hash, effects: effects,
            signingHash: signed.signingHash, signedNonce: signed.nonce,
            signedBytes: transaction.tempoTx,
            expiry: transaction.expiry, parentQCHash: transaction.parentQCHash,
            clientRequestID: transaction.clientRequestID, parents: verify(request.parents))
    }

    /// The signed bytes are a payment on our chain, and its sender is known (checks 2 and 3).
    private func decode(
        _ transaction: FastPayTransaction
    ) throws(RejectReason) -> SignedPayment {
        let signed: SignedPayment
        do {
            signed = try SignedPayment(format: transaction.format, bytes: transaction.tempoTx)
        } catch {
            switch error {
            case .malformed(let why): throw RejectReason(.invalidFormat, "tempo_tx: \(why)")
            case .notAPayment(let why): throw RejectReason(.notPaymentTx, "tempo_tx: \(why)")
            }
        }
        guard signed.chainID == chainID else {
            throw RejectReason(
                .wrongChain,
                "tempo_tx is signed for chain \(signed.chainID), this validator's is \(chainID)")
        }
        return signed
    }

    /// What the client says of its payment is what was signed (check 3).
    private func checkIntents(
        of transaction: FastPayTransaction, against signed: SignedPayment
    ) throws(RejectReason) {
        guard transaction.intent != nil || transaction.overlayPayment != nil else {
            throw RejectReason(.invalidFormat, "neither intent nor overlay.payment is present")
        }
        let fields = [
            ("intent", transaction.intent), ("overlay.payment", transaction.overlayPayment),
        ]
        for case (let name, .some(let intent)) in fields {
            let differing: String? =
                if intent.sender != signed.sender {
                    "sender"
                } else if intent.recipient != signed.recipient {
                    "recipient"
                } else if intent.amount != signed.amount {
                    "amount"
                } else if intent.asset != signed.asset {
                    "asset"
                } else {
                    nil
                }
            if let differing {
                throw RejectReason(
                    .invalidFormat, "\(name).\(differing) differs from the signed one")
            }
        }
    }

    /// The declared nonce is the signed one, under a key that can settle (checks 4 and 5).
    private func checkNonce(
        of transaction: FastPayTransaction, against signed: SignedPayment
    ) throws(RejectReason) {
        guard transaction.nonce.sequence == signed.nonce.sequence else {
            throw RejectReason(
                .invalidFormat,
                "nonce.nonce_seq is \(transaction.nonce.sequence), signed is "
                    + "\(signed.nonce.sequence)")
        }
        let refusal: String?
        switch transaction.format {
        case .tempoNativeV1:
            guard transaction.nonce.key == signed.nonce.key else {
                throw RejectReason(
                    .invalidFormat, "nonce.nonce_key_be differs from the signed one")
            }
            refusal = lane.refusal(ofNativeKey: signed.nonce.key)
        case .evmOpaqueBytesV1:
            refusal = lane.refusal(ofDeclaredKey: transaction.nonce.key)
        }
        if let refusal { throw RejectReason(.invalidFormat, refusal) }
    }

    /// The signed validity window covers the time until the expiry (check 5).
    private func checkWindow(
        of signed: SignedPayment, covers expiry: Expiry, at moment: Moment
    ) throws(RejectReason) {
        if let validAfter = signed.validAfter, validAfter > moment.unixMillis / 1000 {
            throw RejectReason(.invalidFormat, "tempo_tx is not valid before \(validAfter) s")
        }
        guard let validBefore = signed.validBefore else { return }
        switch expiry {
        case .unixMillis(let millis):
            // Rounded up, so that a started second counts as a whole one.
            guard millis / 1000 + (millis % 1000 == 0 ? 0 : 1) <= validBefore else {
                throw RejectReason(
                    .invalidFormat,
                    "expiry \(millis) ms is later than the signed valid_before \(validBefore) s")
            }
        case .maxBlockHeight:
            // Heights and times cannot be compared, so nothing would say that the window covers it.
            throw RejectReason(
                .invalidFormat,
                "tempo_tx is valid before \(validBefore) s: give the expiry in unix_millis")
        }
    }

    /// Checks the signatures of what the client presented; the verdict waits for its turn (check 11).
    private func verify(_ presented: [PresentedQuorumCertificate]) -> PresentedParents {
        var parents = PresentedParents()
        let committee = committee.current
        for (index, parent) in presented.enumerated() {
            switch parent {
            case .malformed(let why):
                parents.problem = RejectReason(.invalidParentQC, why)
                return parents
            case .parsed(let qc):
                do {
                    parents.verified.append(try verify(qc, committee))
                } catch {
                    parents.problem = RejectReason(
                        error.code, "parent_qcs[\(index)]: \(error.message)")
                    return parents
                }
            }
        }
        return parents
    }

    /// Checks the signatures of a quorum certificate that comes without a payment (rule S5).
    func verify(_ qc: QuorumCertificate) throws(RejectReason) -> VerifiedQuorumCertificate {
        do {
            return try verify(qc, committee.current)
        } catch {
            throw RejectReason(error.code, "qc: \(error.message)")
        }
    }

    private func verify(
        _ qc: QuorumCertificate, _ committee: Committee
    ) throws(RejectReason) -> VerifiedQuorumCertificate {
        do {
            return try qc.verified(chainID: chainID, committee: committee)
        } catch {
            // Until all validators have introduced themselves, its signers may be some of them.
            let isComplete = committee.members.count == committee.seats
            throw RejectReason(
                isComplete ? .invalidParentQC : .temporaryUnavailable, error.description)
        }
    }
}
