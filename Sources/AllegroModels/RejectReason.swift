/// Why a validator did not certify a payment; raw values are the wire's.
public enum RejectCode: Int, Hashable, Sendable, CaseIterable {
    case invalidFormat = 1
    case wrongChain = 2
    case expired = 3
    case notPaymentTx = 4
    case nonceSeqTooLow = 5
    case nonceSeqTooHigh = 6
    case equivocation = 7
    case insufficientFunds = 8
    case missingParentQC = 9
    case invalidParentQC = 10
    case temporaryUnavailable = 11
}

/// A refusal: its code and one line for people that says what was wrong.
public struct RejectReason: Error, Hashable, Sendable {
    public var code: RejectCode
    public var message: String

    public init(_ code: RejectCode, _ message: String) {
        self.code = code
        self.message = message
    }
}
