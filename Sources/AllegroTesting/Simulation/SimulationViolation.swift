/// What must never happen, and did.
package struct SimulationViolation: Error, Hashable, Sendable {
    /// The rule that was broken.
    package enum Rule: String, Hashable, Sendable {
        /// A validator signed two payments for one contention key or slot (rule S1).
        case signedTwice
        /// A certificate says something else than the payment that it names (rule S3).
        case signedSomethingElse
        /// Two payments for one contention key or slot can have quorum certificates.
        case twoQuorumCertificates
        /// All payments that can have quorum certificates take more than an account has (rule S8).
        case overdraft
        /// A validator took a payment for confirmed that can have no quorum certificate (rule S5).
        case confirmedWithoutQuorum
        /// A validator's overlay is not what its slots add up to: money from nowhere (rule S8).
        case moneyNotConserved
        /// A balance is below zero in a view that knows every credit of the account.
        case viewBelowZero
        /// A restart lost or changed something that was durable, or a certificate that was out.
        case restartChanged
        /// A payment of an honest client has no quorum certificate after everything was spread.
        case honestPaymentStuck
        /// Honest validators know the same and count differently.
        case viewsDisagree
        /// The parties did not come to rest within the limit of steps.
        case neverAtRest
    }

    package let rule: Rule
    package let message: String

    init(_ rule: Rule, _ message: String) {
        self.rule = rule
        self.message = message
    }
}

extension SimulationViolation: CustomStringConvertible {
    package var description: String { "\(rule.rawValue): \(message)" }
}
