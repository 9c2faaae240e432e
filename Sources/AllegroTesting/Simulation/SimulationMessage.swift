internal import AllegroCrypto
package import AllegroModels
package import SidecarCore

/// Who sends and receives.
package enum Party: Hashable, Sendable {
    /// The validator of a seat, counted from 0.
    case validator(Int)
    case client(Int)
}

/// What travels between parties.
package enum SimulationMessage: Sendable {
    /// A payment to be certified, and the quorum certificates that come with it.
    case submit(SimulatedPayment, parents: [QuorumCertificate])
    /// An answer, or gossip.
    case certificates([Certificate])
    case quorumCertificate(QuorumCertificate)
}

/// A payment with its hashes worked out once.
package struct SimulatedPayment: Sendable {
    package let payment: TestPayment
    package let txHash: TxHash
    package let signingHash: SigningHash
    package let effects: Effects
    /// As admission would hand it to the decider, without parents.
    let admitted: AdmittedPayment

    package init(_ payment: TestPayment) {
        self.payment = payment
        admitted = payment.admitted
        txHash = admitted.txHash
        signingHash = admitted.signingHash
        effects = admitted.effects
    }

    package var slot: NonceSlot { NonceSlot(effects) }

    /// Sender and signed nonce.
    package var contentionKey: NonceSlot {
        NonceSlot(account: effects.sender, nonce: admitted.signedNonce)
    }

    /// The account that pays.
    package var payer: AccountAsset {
        AccountAsset(account: effects.sender, asset: effects.asset)
    }

    /// The account that is paid.
    package var payee: AccountAsset {
        AccountAsset(account: effects.recipient, asset: effects.asset)
    }
}

extension SimulatedPayment: CustomStringConvertible {
    package var description: String {
        let kind = payment.isEthereum ? "ethereum" : "native"
        return """
            \(txHash.short) \(kind) \(effects.sender.short)->\(effects.recipient.short) \
            \(effects.amount) of \(effects.asset.short) at \
            \(effects.nonce.key.short)/\(effects.nonce.sequence)
            """
    }
}

extension FixedBytes {
    /// The first bytes in hex, enough to tell values of one run apart.
    var short: String { String(description.prefix(6)) }
}

/// How the network treats messages until it heals.
package struct NetworkConditions: Hashable, Sendable {
    package var dropPercent: Int
    package var duplicatePercent: Int
    package var delayMillisMax: Int
    /// Whether validators hear nothing of each other.
    package var isGossipSevered: Bool

    /// What everything is like once the network has healed.
    static let healed = NetworkConditions(
        dropPercent: 0, duplicatePercent: 0, delayMillisMax: 4, isGossipSevered: false)

    /// Anything from a good network to one that keeps validators apart.
    static func random(_ random: inout SplitMix64) -> NetworkConditions {
        NetworkConditions(
            dropPercent: random.pick([0, 5, 20, 40]) ?? 0,
            duplicatePercent: random.pick([0, 5, 20]) ?? 0,
            delayMillisMax: random.pick([3, 20, 120]) ?? 3, isGossipSevered: random.chance(40))
    }

    /// In how many milliseconds each copy of a message arrives; empty when it is lost.
    func delays(
        from sender: Party, to receiver: Party, _ random: inout SplitMix64
    ) -> [Int] {
        switch (sender, receiver) {
        case (.validator, .validator) where isGossipSevered: return []
        case (.validator, _), (.client, _): break
        }
        if random.chance(dropPercent) { return [] }
        let copies = random.chance(duplicatePercent) ? 2 : 1
        return (0..<copies).map { _ in random.within(1...delayMillisMax) }
    }
}
