internal import AllegroModels

/// How much of a balance one validator may sign away to payments under several nonce keys.
///
/// Payments under different keys have no order, so each honest validator may know others of them. If
/// each signs at most (n − 2f) / (n − f) of what there is, then all payments that find a quorum add up
/// to no more than the whole: every one of them has n − 2f honest signers, of n − f that there are
/// (docs/decisions/0007).
package struct BalanceShare: Hashable, Sendable, CustomStringConvertible {
    private let numerator: UInt128
    private let denominator: UInt128

    /// The share in a committee of `seats`: all of it while no fault is tolerated, 2/3 of four.
    package init(seats: Int) {
        let faults = Committee.faultsTolerated(of: seats)
        numerator = UInt128(seats - 2 * faults)
        denominator = UInt128(seats - faults)
    }

    package var description: String { "\(numerator)/\(denominator)" }

    /// All of it.
    static let whole = BalanceShare(seats: 1)

    /// The share of an amount, rounded down.
    func of(_ amount: UInt128) -> UInt128 {
        // By parts, so that nothing overflows.
        amount / denominator * numerator + amount % denominator * numerator / denominator
    }

    /// The share of base + credits.
    func of(_ overlay: OverlayBalance, on base: UInt128) -> UInt128 {
        // Bases are supplies of at most 2^128 − 1 and sums of 64-bit amounts stay far below.
        let (sum, overflow) = base.addingReportingOverflow(overlay.credits)
        return of(overflow ? UInt128.max : sum)
    }
}
