internal import AllegroModels
internal import CertificateStore
internal import Logging
internal import SidecarCore

/// What the ledger does when its key turns out to have signed elsewhere (rule S1).
extension Ledger {
    /// Looks for a contradiction in one of our own key's certificates, as a peer shows it.
    ///
    /// Its signature was checked by the caller; a forgery says nothing.
    func check(_ certificate: Certificate) throws {
        guard try store.isContradicted(by: certificate) else { return }
        _ = try store.transaction { try stageContradiction(by: certificate.txHash) }
    }

    /// Looks for a contradiction in what is about to be learned.
    func check(_ changes: [LedgerChange]) throws {
        guard let txHash = try store.contradiction(in: changes) else { return }
        try stageContradiction(by: txHash)
    }

    private func stageContradiction(by txHash: TxHash) throws {
        guard store.custody == .held else { return }
        try store.stageContradiction(by: txHash, unixMillis: moment().unixMillis)
        logger.critical(
            """
            this key has signed a payment that this store does not hold: it is an older copy, or the \
            key is used elsewhere; nothing new is signed
            """,
            metadata: ["tx_hash": "\(txHash)"])
    }

    /// Why a first signature is refused; what was signed with this store can always be signed again.
    func refusal(of certification: SidecarCore.Certification) throws -> RejectReason? {
        guard store.custody != .held,
            try store.slot(NonceSlot(certification.certificate.effects))?.signed == nil
        else { return nil }
        return RejectReason(
            .temporaryUnavailable, "this key has signed what this store does not hold")
    }
}
