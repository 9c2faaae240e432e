internal import AllegroCrypto
package import AllegroModels
package import SidecarCore

extension CertificateStore {
    /// Writes one change, and shows it to later decisions.
    func stage(_ change: LedgerChange) throws {
        switch change {
        case .slot(let slot, let state, let signedBytes):
            try stage(state, at: slot, signedBytes: signedBytes)
        case .claim(let nonce, let slot):
            try tables.ledger.write(slot, claiming: nonce)
            memory.claims[nonce] = slot
        case .lane(let lane, let state):
            try tables.ledger.write(state, of: lane)
            memory.lanes[lane] = state
        case .overlay(let account, let overlay):
            try tables.ledger.write(overlay, of: account)
            memory.overlays[account] = overlay
        case .ownCertificate(let certificate):
            try memory.board.append(
                certificate.txHash, signer: identity.validator, certificate.effects,
                epoch: certificate.epoch, createdUnixMillis: certificate.createdUnixMillis,
                signature: nil)
        case .quorumCertificate(let slot, let qc):
            try stage(qc, at: slot)
        case .quorumCertificateHash(let hash):
            try memory.knownQCHashes.append(KnownQCHash(hash))
        case .clientRequest(let request, let signingHash):
            try memory.clientRequests.append(NamedPayment(request, signingHash))
        }
    }

    private func stage(
        _ state: SlotState, at slot: NonceSlot, signedBytes: [UInt8]?
    ) throws {
        var stored = try storedSlot(slot) ?? StoredSlot(state: state)
        stored.state = state
        if let signedBytes { stored.signedBytesPosition = try archive(signedBytes) }
        try write(stored, at: slot)
    }

    private func stage(_ qc: VerifiedQuorumCertificate, at slot: NonceSlot) throws {
        guard var stored = try storedSlot(slot) else {
            throw StoreError.corrupted("quorum certificate \(qc.hash) has no slot")
        }
        stored.quorumCertificatePosition = try archive(StoredCertificates.row(of: qc))
        try write(stored, at: slot)
        try memory.knownQCHashes.append(KnownQCHash(qc.hash))
        // Our own is there if it was signed; one that was not must not seem to be.
        for certificate in qc.certificates where certificate.signer.id != identity.validator {
            _ = try stage(certificate)
        }
    }

    private func write(_ stored: StoredSlot, at slot: NonceSlot) throws {
        try tables.ledger.write(stored, at: slot)
        memory.slots[slot] = stored
    }

    private func archive(_ row: [UInt8]) throws -> Int64 {
        let position = memory.archivePosition + 1
        try tables.archive.append(row, at: position)
        memory.archivePosition = position
        return position
    }

    /// Stages a certificate of a peer, verified by the caller (rule S11).
    ///
    /// - Returns: false if it was there already.
    package func stage(_ certificate: Certificate) throws -> Bool {
        let signer = certificate.signer.id
        guard !memory.board.holds(certificate.txHash, of: signer) else { return false }
        try beginIfNeeded()
        try memory.board.append(
            certificate.txHash, signer: signer, certificate.effects, epoch: certificate.epoch,
            createdUnixMillis: certificate.createdUnixMillis, signature: certificate.signature)
        return true
    }

    /// Keeps the proof of an equivocation, where both payments' bytes are known and there is room.
    package func stage(_ equivocation: Equivocation) throws {
        guard memory.evidence.takes(equivocation),
            let position = try storedSlot(equivocation.slot)?.signedBytesPosition
        else { return }
        guard let certified = try tables.archive.row(at: position) else {
            throw StoreError.corrupted("the archive lacks position \(position)")
        }
        try beginIfNeeded()
        try memory.evidence.append(
            Evidence(
                sender: equivocation.sender, signedNonce: equivocation.signedNonce,
                certifiedTxHash: equivocation.certifiedTxHash, certifiedBytes: certified,
                refusedTxHash: equivocation.refusedTxHash,
                refusedBytes: equivocation.refusedBytes, unixMillis: equivocation.unixMillis))
    }
}

/// The bytes of a stored quorum certificate: 104 a certificate, the rest is in the slot.
private enum StoredCertificates {
    static func row(of qc: VerifiedQuorumCertificate) -> [UInt8] {
        var row: [UInt8] = []
        row.reserveCapacity(4 + qc.certificates.count * 104)
        row.append(bigEndian: qc.quorumCertificate.threshold)
        for certificate in qc.certificates {
            certificate.signer.id.append(to: &row)
            certificate.signature.append(to: &row)
            row.append(bigEndian: certificate.createdUnixMillis)
        }
        return row
    }
}
