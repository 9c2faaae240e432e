internal import AllegroCrypto
internal import AllegroModels

/// Checks certificates once for all validators of a simulation, which would all find the same.
struct QuorumVerifier {
    private let chainID: UInt64
    private let committee: Committee
    private let fault: PlantedFault?
    private var certificates: [Certificate: Bool] = [:]
    private var quorums:
        [QuorumCertificate: Result<VerifiedQuorumCertificate, QuorumCertificateError>] = [:]

    init(of validators: TestCommittee, fault: PlantedFault? = nil) {
        chainID = validators.chainID
        committee = validators.committee
        self.fault = fault
    }

    mutating func holds(_ certificate: Certificate) -> Bool {
        if let known = certificates[certificate] { return known }
        let holds: Bool
        do {
            try certificate.verify(chainID: chainID, committee: committee)
            holds = true
        } catch {
            holds = false
        }
        certificates[certificate] = holds
        return holds
    }

    mutating func verified(
        _ qc: QuorumCertificate
    ) throws(QuorumCertificateError) -> VerifiedQuorumCertificate {
        if let known = quorums[qc] { return try known.get() }
        let result: Result<VerifiedQuorumCertificate, QuorumCertificateError>
        do {
            let (judged, judges) = asJudged(qc)
            result = .success(try judged.verified(chainID: chainID, committee: judges))
        } catch {
            result = .failure(error)
        }
        quorums[qc] = result
        return try result.get()
    }

    /// The quorum certificate that these certificates make, once checked.
    mutating func assembled(
        from certificates: [Certificate]
    ) throws(QuorumCertificateError) -> VerifiedQuorumCertificate {
        guard let first = certificates.first else {
            throw .tooFewSigners(count: 0, quorum: committee.quorum)
        }
        return try verified(
            QuorumCertificate(
                txHash: first.txHash, effectsHash: first.effectsHash,
                certificates: certificates.sorted { $0.signer.id < $1.signer.id },
                threshold: UInt32(committee.quorum)))
    }

    /// What is checked, against which committee; a planted fault brings its own.
    private func asJudged(_ qc: QuorumCertificate) -> (QuorumCertificate, Committee) {
        switch fault {
        case .countsSignerTwice where qc.certificates.count >= committee.quorum:
            (distinct(qc), judges(of: qc, countMax: committee.seats))
        case .trustsThreshold where qc.threshold < committee.quorum:
            (qc, judges(of: qc, countMax: max(1, Int(qc.threshold))))
        case nil, .countsSignerTwice, .trustsThreshold, .skipsGuard, .skipsSync,
            .creditsTwice, .sharesWholeBalance:
            (qc, committee)
        }
    }

    /// The quorum certificate with the first certificate of each signer.
    private func distinct(_ qc: QuorumCertificate) -> QuorumCertificate {
        var distinct = qc
        var signers: Set<ValidatorID> = []
        distinct.certificates = qc.certificates.filter { signers.insert($0.signer.id).inserted }
        distinct.claimedHash = nil
        return distinct
    }

    /// A committee of no more than the signers; the whole one when none of them has a seat.
    private func judges(of qc: QuorumCertificate, countMax: Int) -> Committee {
        let signers = distinct(qc).certificates.compactMap { committee.member($0.signer.id) }
        do {
            return try Committee(
                epoch: committee.epoch, members: Array(signers.prefix(countMax)))
        } catch {
            return committee
        }
    }
}
