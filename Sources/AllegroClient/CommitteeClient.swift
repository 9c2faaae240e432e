public import AllegroCrypto
public import AllegroModels

/// A committee's validators, asked together.
public struct CommitteeClient: Sendable {
    /// The committee that certificates are verified against.
    public let committee: Committee
    public let chainID: UInt64

    private let validators: [(id: ValidatorID, client: ValidatorClient)]

    /// - Parameter validators: how to call members of the committee, by their ids.
    public init(
        _ committee: Committee, chainID: UInt64,
        validators: [(id: ValidatorID, client: ValidatorClient)]
    ) {
        self.committee = committee
        self.chainID = chainID
        self.validators = validators
    }

    /// A committee of the validators behind `clients`, as they introduce themselves.
    ///
    /// For demonstrations: who can answer for an address decides who is believed.
    public static func introduced(
        by clients: [ValidatorClient], chainID: UInt64, epoch: UInt64
    ) async throws -> CommitteeClient {
        var validators: [(id: ValidatorID, client: ValidatorClient)] = []
        var members: [ValidatorIdentity] = []
        for client in clients {
            let identity = try await client.identity()
            members.append(identity)
            validators.append((identity.id, client))
        }
        return CommitteeClient(
            try Committee(epoch: epoch, members: members), chainID: chainID,
            validators: validators)
    }

    /// What one validator answered to a payment.
    public struct Answer: Sendable {
        public enum Outcome: Sendable {
            /// A certificate that was verified against the committee.
            case certified(Certificate)
            case rejected(RejectReason)
            /// It could not be asked, or what it sent is no certificate for the payment.
            case failed(String)
        }

        public var validator: ValidatorIdentity
        public var outcome: Outcome

        /// The certificate, if the validator gave one.
        public var certificate: Certificate? {
            guard case .certified(let certificate) = outcome else { return nil }
            return certificate
        }
    }

    /// Submits a payment to every validator at once, and waits for a quorum of certificates.
    ///
    /// Validators that are slower are not waited for, but still asked.
    ///
    /// - Returns: the answers, in the order in which they came.
    public func submit(
        _ payment: FastPayTransaction, parents: [QuorumCertificate] = [],
        onAnswer: (Answer) -> Void = { _ in }
    ) async -> [Answer] {
        let txHash = payment.txHash
        let (incoming, arrival) = AsyncStream<Answer>.makeStream()
        for (id, client) in validators {
            guard let validator = committee.member(id) else { continue }
            Task {
                arrival.yield(
                    Answer(
                        validator: validator,
                        outcome: await outcome(
                            of: payment, txHash, parents, from: client, validator)))
            }
        }
        var answers: [Answer] = []
        for await answer in incoming {
            onAnswer(answer)
            answers.append(answer)
            let certified = answers.count { $0.certificate != nil }
            if certified >= committee.quorum || answers.count == validators.count { break }
        }
        return answers
    }

    private func outcome(
        of payment: FastPayTransaction, _ txHash: TxHash, _ parents: [QuorumCertificate],
        from client: ValidatorClient, _ validator: ValidatorIdentity
    ) async -> Answer.Outcome {
        do {
            let certificate: Certificate
            switch try await client.submit(payment, parents: parents) {
            case .failure(let reason): return .rejected(reason)
            case .success(let answer): certificate = answer
            }
            guard certificate.txHash == txHash, certificate.signer.id == validator.id,
                certificate.effects == payment.intendedEffects
            else { return .failed("sent a certificate for another payment or signer") }
            do {
                try certificate.verify(chainID: chainID, committee: committee)
            } catch {
                return .failed(error.description)
            }
            return .certified(certificate)
        } catch {
            return .failed(error.description)
        }
    }

    /// The quorum certificate of the certificates among the answers.
    ///
    /// - Throws: ``QuorumCertificateError`` when they are no quorum for the same effects.
    public func quorumCertificate(
        of answers: [Answer]
    ) throws(QuorumCertificateError) -> VerifiedQuorumCertificate {
        try assemble(
            answers.compactMap(\.certificate))
    }

    /// Collects a payment's certificates from all bulletin boards and makes a quorum of them.
    ///
    /// - Throws: ``QuorumCertificateError`` when the boards together hold no quorum; boards that
    ///   cannot be read hold nothing.
    public func quorumCertificate(
        for txHash: TxHash
    ) async throws(QuorumCertificateError) -> VerifiedQuorumCertificate {
        var bySigner: [ValidatorID: Certificate] = [:]
        for (_, client) in validators {
            for certificate in (try? await client.certificates(for: txHash)) ?? []
            where certificate.txHash == txHash
                && (try? certificate.verify(chainID: chainID, committee: committee)) != nil
            {
                bySigner[certificate.signer.id] = certificate
            }
        }
        return try assemble(Array(bySigner.values))
    }

    private func assemble(
        _ certificates: [Certificate]
    ) throws(QuorumCertificateError) -> VerifiedQuorumCertificate {
        // A faulty validator may have signed other effects; they must not spoil the right ones.
        let largest = Dictionary(grouping: certificates, by: \.effectsHash).values.max {
            $0.count < $1.count
        }
        return try QuorumCertificate.assemble(
            from: largest ?? [], committee: committee, chainID: chainID)
    }

    /// The greatest block height that a validator tells; nil when none answers.
    public func blockHeight() async -> UInt64? {
        var heights: [UInt64] = []
        for (_, client) in validators {
            if let height = try? await client.blockHeight() { heights.append(height) }
        }
        return heights.max()
    }

    /// Ends all connections.
    public func close() async {
        for (_, client) in validators { await client.close() }
    }
}

extension FastPayTransaction {
    /// The effects that a certificate for the payment must have; nil where no intent says them.
    fileprivate var intendedEffects: Effects? {
        guard let intent = intent ?? overlayPayment else { return nil }
        return Effects(
            sender: intent.sender, recipient: intent.recipient, amount: intent.amount,
            asset: intent.asset, nonce: nonce)
    }
}
