internal import AllegroCrypto
internal import AllegroModels
internal import SidecarCore

/// A validator that follows the protocol: the decider, a ledger and a bulletin board.
///
/// What it decides is staged; what it says leaves with the next sync. A crash takes the rest.
struct HonestValidator {
    /// What leaves once it is durable.
    private enum Release {
        case certificate(OwnCertificate, SimulatedPayment, to: Party)
        case quorumCertificate(QuorumCertificate)
    }

    let seat: Int
    private let id: ValidatorID
    private let core: SidecarCore
    private let fault: PlantedFault?
    private var ledger: any ValidatorLedger
    private var board = CertificateBoard()
    private(set) var durableBoard = CertificateBoard()
    /// Own certificates that go on the board once they are durable.
    private var unsigned: [OwnCertificate] = []
    private var unreleased: [Release] = []
    /// What others have of this validator, whatever happens to it.
    private var released: [TxHash: (payment: SimulatedPayment, certificate: Certificate)] = [:]

    init(
        seat: Int, of validators: TestCommittee, ledger: any ValidatorLedger,
        fault: PlantedFault?
    ) {
        self.seat = seat
        self.ledger = ledger
        self.fault = fault
        id = validators.ids[seat]
        core = SidecarCore(
            epoch: validators.committee.epoch, seats: validators.committee.seats, fault: fault)
    }

    var view: MemoryLedger { ledger.view }

    private func facts(isLearning: Bool) -> any LedgerFacts {
        guard fault != nil else { return ledger.facts }
        return FaultyFacts(facts: ledger.facts, fault: fault, isLearning: isLearning)
    }

    mutating func receive(
        _ message: SimulationMessage, from sender: Party, _ context: inout SimulationContext
    ) throws {
        switch message {
        case .submit(let payment, let parents):
            try certify(payment, parents, for: sender, &context)
        case .certificates(let certificates):
            for certificate in certificates { try take(certificate, &context) }
        case .quorumCertificate(let qc):
            do {
                try learn(context.verifier.verified(qc), &context)
            } catch is QuorumCertificateError {
                context.statistics.refusedQuorumCertificates += 1
            }
        }
    }

    // MARK: Certifying

    private mutating func certify(
        _ payment: SimulatedPayment, _ parents: [QuorumCertificate], for sender: Party,
        _ context: inout SimulationContext
    ) throws {
        switch try decide(payment, parents, &context) {
        case .certify(let certification):
            try stage(certification.changes, certification.certificate, &context)
            unreleased.append(.certificate(certification.certificate, payment, to: sender))
            if fault == .skipsSync { release(&context) }
        case .wait: context.statistics.waits += 1
        case .refuse: context.statistics.refusals += 1
        }
    }

    private func decide(
        _ payment: SimulatedPayment, _ parents: [QuorumCertificate],
        _ context: inout SimulationContext
    ) throws -> SidecarCore.Decision {
        var asked = payment.admitted
        for parent in parents {
            do throws(QuorumCertificateError) {
                asked.parents.verified.append(try context.verifier.verified(parent))
            } catch {
                context.statistics.refusedQuorumCertificates += 1
                asked.parents.problem = RejectReason(.invalidParentQC, error.description)
                break
            }
        }
        return try core.decide(asked, at: context.moment, on: facts(isLearning: false))
    }

    private mutating func stage(
        _ changes: [LedgerChange], _ certificate: OwnCertificate?,
        _ context: inout SimulationContext
    ) throws {
        for change in changes {
            switch change {
            case .ownCertificate(let own): unsigned.append(own)
            case .quorumCertificate(let slot, let qc):
                count(slot, qc, &context.statistics)
                for certificate in qc.certificates { _ = board.add(certificate) }
                unreleased.append(.quorumCertificate(qc.quorumCertificate))
            case .slot, .claim, .lane, .overlay, .quorumCertificateHash, .clientRequest: break
            }
        }
        try ledger.stage(changes, certificate)
        context.staging.append(seat)
    }

    private func count(
        _ slot: NonceSlot, _ qc: VerifiedQuorumCertificate,
        _ statistics: inout SimulationStatistics
    ) {
        guard let signed = view.slots[slot]?.signed else {
            statistics.confirmedUnseen += 1
            return
        }
        if signed.effects != qc.effects { statistics.rivalsThatWon += 1 }
    }

    // MARK: Learning

    private mutating func take(
        _ certificate: Certificate, _ context: inout SimulationContext
    ) throws {
        guard context.verifier.holds(certificate), board.add(certificate) else { return }
        context.staging.append(seat)
        try collect(certificate.txHash, certificate.effects, &context)
    }

    /// Makes a quorum certificate of the board's certificates, where they suffice.
    private mutating func collect(
        _ txHash: TxHash, _ effects: Effects, _ context: inout SimulationContext
    ) throws {
        guard view.slots[NonceSlot(effects)]?.confirmed == nil else { return }
        let certificates = board.certificates(for: txHash, effects)
        guard certificates.count >= context.validators.committee.quorum else { return }
        try learn(context.verifier.assembled(from: certificates), &context)
    }

    private mutating func learn(
        _ qc: VerifiedQuorumCertificate, _ context: inout SimulationContext
    ) throws {
        switch try core.learn(qc, on: facts(isLearning: true)) {
        case .nothingNew: break
        case .confirmed(let changes, _): try stage(changes, nil, &context)
        case .conflict(let conflict):
            throw SimulationViolation(
                .twoQuorumCertificates,
                """
                validator \(seat) knows \(conflict.known.short) and \(conflict.other.short) at \
                \(conflict.slot.nonce.key.short)/\(conflict.slot.nonce.sequence)
                """)
        }
    }

    // MARK: Durability

    /// Makes durable what is staged, and lets out what waited for that.
    mutating func sync(_ context: inout SimulationContext) throws {
        let new = try makeDurable(&context)
        release(&context)
        // The last one that a quorum lacked may be our own.
        for own in new { try collect(own.txHash, own.effects, &context) }
    }

    /// - Returns: the own certificates that are on the board now.
    private mutating func makeDurable(
        _ context: inout SimulationContext
    ) throws -> [OwnCertificate] {
        try ledger.sync()
        let new = unsigned
        unsigned = []
        for own in new { _ = board.add(signed(own, &context)) }
        durableBoard = board
        return new
    }

    private mutating func release(_ context: inout SimulationContext) {
        let leaving = unreleased
        unreleased = []
        for release in leaving {
            switch release {
            case .quorumCertificate(let qc):
                context.broadcast(.quorumCertificate(qc), from: .validator(seat))
            case .certificate(let own, let payment, let receiver):
                let certificate = signed(own, &context)
                released[own.txHash] = (payment, certificate)
                context.send(.certificates([certificate]), from: .validator(seat), to: receiver)
                context.broadcast(.certificates([certificate]), from: .validator(seat))
            }
        }
    }

    private func signed(
        _ own: OwnCertificate, _ context: inout SimulationContext
    ) -> Certificate {
        let certificate = context.validators.certificate(
            by: id, for: own.txHash, own.effects, createdUnixMillis: own.createdUnixMillis)
        context.statistics.signatures += 1
        context.signed.append((certificate, seat))
        return certificate
    }

    /// Loses what is not durable, starts again, and is asked again for all that it has signed.
    mutating func crash(
        isBetweenSyncAndRelease: Bool, _ context: inout SimulationContext
    ) throws {
        context.statistics.crashes += 1
        if isBetweenSyncAndRelease {
            // Peers that ask for the board still get what is on it.
            _ = try makeDurable(&context)
        } else if !unreleased.isEmpty {
            context.statistics.crashesThatLostChanges += 1
        }
        unsigned = []
        unreleased = []
        board = durableBoard
        if let difference = try ledger.restart() {
            throw SimulationViolation(
                .restartChanged, "validator \(seat) restarted with another \(difference)")
        }
        for (payment, certificate) in released.values {
            guard case .certify(let again) = try decide(payment, [], &context),
                signed(again.certificate, &context) == certificate
            else {
                throw SimulationViolation(
                    .restartChanged,
                    "validator \(seat) does not answer as before for \(payment.txHash.short)")
            }
        }
        // What the board makes a quorum for, and was about to be learned.
        for certificate in board.certificates {
            try collect(certificate.txHash, certificate.effects, &context)
        }
    }
}
