internal import AllegroCrypto
internal import AllegroModels
internal import SidecarCore

/// What the faulty parties know and can do together.
///
/// The strongest there can be: it hears every message, holds the keys of all faulty validators, and
/// makes a quorum certificate wherever one can be had.
struct Adversary {
    private let validators: TestCommittee
    /// The seats whose keys it holds.
    let seats: [Int]
    /// Every payment that was submitted, in order.
    private(set) var payments: [SimulatedPayment] = []
    private var known: Set<TxHash> = []
    /// The certificates of honest validators, one of each for each envelope.
    private var heard: [TxHash: [ValidatorID: Certificate]] = [:]
    private var made: [TxHash: QuorumCertificate] = [:]

    init(of validators: TestCommittee, seats: [Int]) {
        self.validators = validators
        self.seats = seats
    }

    /// The validators that are not its own.
    var honestSeats: [Int] {
        (0..<validators.committee.seats).filter { !seats.contains($0) }
    }

    /// How many honest validators must sign with it.
    var accomplicesNeeded: Int { validators.committee.quorum - seats.count }

    mutating func overhear(_ payment: SimulatedPayment) {
        if known.insert(payment.txHash).inserted { payments.append(payment) }
    }

    mutating func overhear(_ certificate: Certificate, by seat: Int) {
        guard !seats.contains(seat), certificate.signer.id == validators.ids[seat] else { return }
        heard[certificate.txHash, default: [:]][certificate.signer.id] = certificate
    }

    func certificate(by seat: Int, for payment: SimulatedPayment) -> Certificate {
        validators.certificate(by: validators.ids[seat], for: payment.txHash, payment.effects)
    }

    /// The quorum certificate of a payment; nil while too few honest validators have signed it.
    mutating func quorumCertificate(for payment: SimulatedPayment) -> QuorumCertificate? {
        if let made = made[payment.txHash] { return made }
        let honest = heard[payment.txHash] ?? [:]
        guard honest.count >= accomplicesNeeded else { return nil }
        let own = seats.map { certificate(by: $0, for: payment) }
        let certificates = Array((honest.sorted { $0.key < $1.key }.map(\.value) + own))
        let qc = QuorumCertificate(
            txHash: payment.txHash, effectsHash: payment.effects.hash,
            certificates: certificates.sorted { $0.signer.id < $1.signer.id },
            threshold: UInt32(validators.committee.quorum))
        made[payment.txHash] = qc
        return qc
    }

    /// The payments of an account that have a quorum certificate, in order.
    mutating func confirmedPayments(of account: Address) -> [SimulatedPayment] {
        payments.filter { $0.effects.sender == account && quorumCertificate(for: $0) != nil }
    }
}
