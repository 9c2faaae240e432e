public import AllegroModels

/// A quorum certificate that was found good.
public struct VerifiedQuorumCertificate: Hashable, Sendable {
    public let quorumCertificate: QuorumCertificate
    public let hash: QCHash
    public let effects: Effects
    public var txHash: TxHash { quorumCertificate.txHash }
    public var effectsHash: EffectsHash { quorumCertificate.effectsHash }
}
