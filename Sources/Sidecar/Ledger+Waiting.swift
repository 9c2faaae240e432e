internal import AllegroModels
internal import Logging
internal import SidecarCore

/// Requests that wait for the quorum certificate of the payment before theirs.
extension Ledger {
    func park(
        _ pending: PendingCertification, until slot: NonceSlot, _ reason: RejectReason
    ) {
        guard parkedCount < limits.parkedCountMax,
            parked[slot, default: []].count < limits.parkedPerSlotMax, pending.startsWaiting()
        else {
            pending.answer(.refused(reason))
            return
        }
        parked[slot, default: []].append(pending)
        parkedCount += 1
        let wait = Duration.milliseconds(limits.predecessorWaitMillis)
        Task { [weak self] in
            try? await Task.sleep(for: wait)
            await self?.giveUp(on: pending, waitingFor: slot, reason)
        }
    }

    private func giveUp(
        on pending: PendingCertification, waitingFor slot: NonceSlot, _ reason: RejectReason
    ) {
        // Not there any more: the slot was confirmed and the request went on.
        guard let index = parked[slot]?.firstIndex(where: { $0 === pending }) else { return }
        parked[slot]?.remove(at: index)
        if parked[slot]?.isEmpty == true { parked[slot] = nil }
        parkedCount -= 1
        pending.answer(.refused(reason))
    }

    /// Lets the requests go on that waited for these slots' quorum certificates.
    func goOn(after confirmed: [NonceSlot]) {
        for slot in confirmed {
            logger.debug("payment confirmed", metadata: slot.logMetadata)
            guard let waiting = parked.removeValue(forKey: slot) else { continue }
            parkedCount -= waiting.count
            for pending in waiting { submit(.certify(pending)) }
        }
    }
}
