package import AllegroCrypto
package import AllegroModels

/// What the decider asks about the state before a request; answered from memory or from the store.
///
/// Reads only: what a decision changes comes out of it as ``LedgerChange`` values. An answer that
/// cannot be had is an error, and then nothing is decided.
package protocol LedgerFacts {
    /// What is known of a slot; nil while it is free.
    mutating func slot(_ slot: NonceSlot) throws -> SlotState?

    /// The slot that an Ethereum payment took together with this account nonce; nil while free.
    mutating func claim(of accountNonce: AccountNonce) throws -> NonceSlot?

    /// How far a lane has come; ``LaneState/init(settled:)`` for one that nothing was paid in.
    mutating func lane(_ lane: NonceLane) throws -> LaneState

    /// The overlay of a balance; zero where no payment touched it.
    mutating func overlay(of account: AccountAsset) throws -> OverlayBalance

    /// What the chain, or the demo's configuration, says that an account holds.
    mutating func baseBalance(of account: AccountAsset) throws -> UInt128

    /// Whether a quorum certificate of this hash was verified here.
    mutating func knowsQuorumCertificate(_ hash: QCHash) throws -> Bool

    /// Whether this envelope's certificate stands on the bulletin board.
    mutating func hasOwnCertificate(_ txHash: TxHash) throws -> Bool

    /// The payment that a sender's client named so; nil when unknown or no longer remembered.
    mutating func clientRequest(_ request: ClientRequest) throws -> SigningHash?
}

/// An account's protocol nonce, which orders its Ethereum transactions.
package struct AccountNonce: Hashable, Sendable {
    package var account: Address
    package var sequence: UInt64

    package init(account: Address, sequence: UInt64) {
        self.account = account
        self.sequence = sequence
    }
}

/// A client's own name for a request, scoped to the sender of its payment.
package struct ClientRequest: Hashable, Sendable {
    package var sender: Address
    package var id: String

    package init(sender: Address, id: String) {
        self.sender = sender
        self.id = id
    }
}

/// One thing that a decision changes; the store records exactly these.
package enum LedgerChange: Sendable {
    /// The slot's new state, and the signed bytes when the payment in it is signed for the first time.
    case slot(NonceSlot, SlotState, signedBytes: [UInt8]?)
    /// An Ethereum payment takes an account nonce together with its slot.
    case claim(AccountNonce, NonceSlot)
    /// The lane's new state.
    case lane(NonceLane, LaneState)
    /// The balance's new overlay.
    case overlay(AccountAsset, OverlayBalance)
    /// A certificate of this validator that is to stand on the bulletin board.
    case ownCertificate(OwnCertificate)
    /// The first quorum certificate of a slot; its certificates belong on the bulletin board too, so
    /// that other validators can learn what this one knows.
    case quorumCertificate(NonceSlot, VerifiedQuorumCertificate)
    /// Another quorum certificate of a slot, of which only the hash matters.
    case quorumCertificateHash(QCHash)
    /// A client's name for a payment.
    case clientRequest(ClientRequest, SigningHash)
}

/// A certificate of this validator, before or after it is signed.
package struct OwnCertificate: Hashable, Sendable {
    package var txHash: TxHash
    package var effectsHash: EffectsHash
    package var effects: Effects
    package var epoch: UInt64
    package var createdUnixMillis: UInt64

    package init(
        txHash: TxHash, effectsHash: EffectsHash, effects: Effects, epoch: UInt64,
        createdUnixMillis: UInt64
    ) {
        self.txHash = txHash
        self.effectsHash = effectsHash
        self.effects = effects
        self.epoch = epoch
        self.createdUnixMillis = createdUnixMillis
    }
}
