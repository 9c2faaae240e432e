internal import AllegroCrypto
package import AllegroModels
package import SidecarCore

/// How a store notices that its key has signed elsewhere, or that it is an older copy (rule S1).
extension CertificateStore {
    /// Whether a certificate by our key, whose signature the caller has checked, names a payment that was
    /// never signed with this store.
    ///
    /// A store in memory forgets with every restart, by design and for the demo only.
    package func isContradicted(by certificate: Certificate) throws -> Bool {
        guard isDurable, certificate.signer.id == identity.validator,
            try !holds(certificate.txHash, of: identity.validator)
        else { return false }
        return try !isKnown(certificate.effects)
    }

    /// The payment in these changes that our key has signed, and not with this store; nil for none.
    package func contradiction(in changes: [LedgerChange]) throws -> TxHash? {
        guard isDurable else { return nil }
        for case .quorumCertificate(_, let qc) in changes
        where qc.certificates.contains(where: { $0.signer.id == identity.validator }) {
            if try !isKnown(qc.effects) { return qc.txHash }
        }
        return nil
    }

    /// Whether the payment was signed with this store, or no rival of it can be signed any more.
    private func isKnown(_ effects: Effects) throws -> Bool {
        let slot = NonceSlot(effects)
        if let state = try self.slot(slot) {
            return state.signed?.effects == effects || state.confirmed?.effects == effects
        }
        // What settled before the base state was taken is not kept here.
        return try slot.nonce.sequence < lane(slot.lane).settled
    }
}
