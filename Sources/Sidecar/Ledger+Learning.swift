internal import AllegroCrypto
internal import AllegroModels
internal import CertificateStore
internal import Logging
internal import SidecarCore

/// Quorum certificates and certificates that no payment brought.
extension Ledger {
    /// What is held of a payment once its quorum certificate is durable, or why it was not taken.
    typealias Confirmation = Result<ConfirmedPayment, RejectReason>

    /// Learns a verified quorum certificate, in order with all payments.
    ///
    /// It goes through the inbox as they do: many share one sync, and a flood of them is refused like
    /// a flood of payments.
    nonisolated func confirm(_ qc: VerifiedQuorumCertificate) async -> Confirmation {
        await withCheckedContinuation { continuation in
            submit(.confirm(PendingConfirmation(qc, continuation)))
        }
    }

    /// Stages what a quorum certificate changes; one that is known changes nothing.
    ///
    /// - Throws: when the store cannot be written, which fails the whole batch.
    func stage(_ pending: PendingConfirmation, _ results: inout Results) throws {
        let answer: Confirmation
        switch reading({ try core.learn(pending.qc, on: store) }) {
        case .failure(let reason): answer = .failure(reason)
        case .success(let lesson):
            if let conflict = try stage(lesson, &results.confirmed) {
                answer = .failure(conflict)
            } else {
                answer = reading { try core.confirmation(of: pending.qc, on: store) }
            }
        }
        results.learned.append((pending, answer))
    }

    /// Applies verified quorum certificates that no request brought.
    func learn(_ certificates: [VerifiedQuorumCertificate]) throws {
        var confirmed: [NonceSlot] = []
        _ = try store.transaction {
            for qc in certificates {
                let wasConfirmed = confirmed.count
                _ = try stage(core.learn(qc, on: store), &confirmed)
                if confirmed.count > wasConfirmed { CrashPoint.midLearn.pass() }
            }
        }
        goOn(after: confirmed)
    }

    /// Stages a lesson and notes the slots that it confirms.
    ///
    /// - Returns: the refusal of a quorum certificate that contradicts a known one.
    private func stage(
        _ lesson: SidecarCore.Lesson, _ confirmed: inout [NonceSlot]
    ) throws -> RejectReason? {
        switch lesson {
        case .nothingNew: return nil
        case .confirmed(let changes, let slots):
            try check(changes)
            try store.stage(changes)
            confirmed.append(contentsOf: slots)
            return nil
        case .conflict(let conflict):
            report(conflict)
            return conflict.reason
        }
    }

    func report(_ conflict: QuorumConflict) {
        var metadata = conflict.slot.logMetadata
        metadata["tx_hash"] = "\(conflict.known)"
        metadata["other_tx_hash"] = "\(conflict.other)"
        logger.critical(
            "two quorum certificates for one nonce: the committee is not safe",
            metadata: metadata)
    }

    /// Stores certificates of peers, whose signatures the caller has checked.
    ///
    /// - Returns: the payments of which a certificate is new.
    func record(_ certificates: [Certificate]) throws -> [TxHash] {
        var new: [TxHash] = []
        _ = try store.transaction {
            for certificate in certificates where try store.stage(certificate) {
                new.append(certificate.txHash)
            }
        }
        return new
    }
}

extension NonceSlot {
    /// The slot as log entries name it.
    var logMetadata: Logger.Metadata {
        [
            "sender": "\(account)", "nonce_key": "\(nonce.key)", "sequence": "\(nonce.sequence)",
        ]
    }
}
