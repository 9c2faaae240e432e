public import AllegroCrypto
public import AllegroModels

/// What accounts hold of one token once the quorum certificates that a wallet saw have settled.
public struct Balances: Sendable {
    /// The token.
    public let asset: Address

    private var balances: [Address: Int128]
    private var seen: Set<Effects> = []

    /// Starts from what the chain says, in the token's smallest unit.
    public init(of asset: Address, onChain: [Address: UInt128]) {
        self.asset = asset
        balances = onChain.mapValues { Int128(clamping: $0) }
    }

    /// What an account holds; negative only if credits that it spends were not applied yet.
    public func balance(of account: Address) -> Int128 { balances[account, default: 0] }

    /// Moves a certified payment's amount, once however often it is shown.
    public mutating func apply(_ qc: VerifiedQuorumCertificate) {
        // The effects carry the nonce, so equal effects are one payment, whatever its envelope.
        guard qc.effects.asset == asset, seen.insert(qc.effects).inserted else { return }
        balances[qc.effects.sender, default: 0] -= Int128(qc.effects.amount)
        balances[qc.effects.recipient, default: 0] += Int128(qc.effects.amount)
    }
}
