package import AllegroModels

/// One account's balance of one token.
package struct AccountAsset: Hashable, Sendable {
    package var account: Address
    package var asset: Address

    package init(account: Address, asset: Address) {
        self.account = account
        self.asset = asset
    }
}

/// One account's sequence under one nonce key.
package struct NonceLane: Hashable, Sendable {
    package var account: Address
    package var key: NonceKey

    package init(account: Address, key: NonceKey) {
        self.account = account
        self.key = key
    }
}

/// How far a lane has come.
package struct LaneState: Hashable, Sendable {
    /// The first sequence that is free, with all before it taken or settled.
    package var next: UInt64
    /// The first sequence without a quorum certificate, with all before it confirmed or settled.
    ///
    /// Only what stands here may be signed: whoever signs a payment has counted every one before it
    /// (docs/decisions/0002).
    package var confirmed: UInt64
    package var use: KeyUse
    /// The first sequence that is kept here; what is before is counted for good.
    ///
    /// It had settled on the chain when the base balances were taken.
    package let settled: UInt64

    package init(next: UInt64, confirmed: UInt64, use: KeyUse, settled: UInt64 = 0) {
        self.next = next
        self.confirmed = confirmed
        self.use = use
        self.settled = settled
    }

    /// A lane that nothing was paid in since the chain had come to sequence `settled`.
    package init(settled: UInt64) {
        self.init(next: settled, confirmed: settled, use: .unknown, settled: settled)
    }
}

/// What an account uses a declared key for; it does not change (docs/decisions/0001).
package enum KeyUse: Int, Hashable, Sendable {
    /// Nothing was signed here under the key.
    case unknown = 0
    /// A label of Ethereum payments, whose order is the account nonce's.
    case ethereum = 1
    /// The nonce key of native payments.
    case native = 2
    /// Of key 0 only: the order of Ethereum payments that declare one other key.
    case declaredElsewhere = 3
}

/// The place of one payment in its sender's order, under the key that the payment *declares*.
///
/// A quorum certificate names only this place, so at most one payment may ever take it. An Ethereum
/// payment takes its account nonce besides (see ``LedgerFacts/claim(of:)``).
package struct NonceSlot: Hashable, Sendable {
    package var account: Address
    package var nonce: Nonce2D

    package init(account: Address, nonce: Nonce2D) {
        self.account = account
        self.nonce = nonce
    }

    package init(_ effects: Effects) {
        self.init(account: effects.sender, nonce: effects.nonce)
    }

    /// The sequence that the slot belongs to.
    package var lane: NonceLane { NonceLane(account: account, key: nonce.key) }
}

/// A payment that this validator signed: the guard of rule S1.
package struct SignedRecord: Hashable, Sendable {
    /// With the sender, the payment's identity in any envelope.
    package var signingHash: SigningHash
    /// The nonce in the signed bytes, which the chain will see.
    package var signedNonce: Nonce2D
    /// The name of the envelope that was signed first.
    package var txHash: TxHash
    package var effects: Effects
    /// The committee's epoch in which it was signed first; every certificate for it carries it.
    package var epoch: UInt64
    /// The creation time of every certificate for this payment, in milliseconds since 1970.
    package var createdUnixMillis: UInt64
    /// How many envelopes stand on the bulletin board.
    package var envelopes: Int

    package init(
        signingHash: SigningHash, signedNonce: Nonce2D, txHash: TxHash, effects: Effects,
        epoch: UInt64, createdUnixMillis: UInt64, envelopes: Int
    ) {
        self.signingHash = signingHash
        self.signedNonce = signedNonce
        self.txHash = txHash
        self.effects = effects
        self.epoch = epoch
        self.createdUnixMillis = createdUnixMillis
        self.envelopes = envelopes
    }
}

/// A payment that a quorum certificate names.
package struct ConfirmedRecord: Hashable, Sendable {
    package var txHash: TxHash
    package var effects: Effects
    package var qcHash: QCHash

    package init(txHash: TxHash, effects: Effects, qcHash: QCHash) {
        self.txHash = txHash
        self.effects = effects
        self.qcHash = qcHash
    }
}

/// What is known of a slot that is taken.
package enum SlotState: Hashable, Sendable {
    /// This validator signed a payment; no quorum certificate is known.
    case signed(SignedRecord)
    /// A quorum certificate is known. This validator signed the payment, a rival of it, or nothing.
    case confirmed(ConfirmedRecord, signed: SignedRecord?)

    /// What this validator signed in the slot, if it signed.
    package var signed: SignedRecord? {
        switch self {
        case .signed(let record): record
        case .confirmed(_, let record): record
        }
    }

    /// What a quorum certificate confirmed in the slot, if one is known.
    package var confirmed: ConfirmedRecord? {
        switch self {
        case .signed: nil
        case .confirmed(let record, _): record
        }
    }

    /// What the payment that holds the slot does; of rivals, the one that a quorum certified.
    package var effects: Effects {
        switch self {
        case .signed(let record): record.effects
        case .confirmed(let record, _): record.effects
        }
    }

    /// The envelope to name when another payment asks for the slot: ours, unless a rival of it won.
    package var txHash: TxHash {
        switch self {
        case .signed(let record): return record.txHash
        case .confirmed(let record, let signed):
            guard let signed, signed.effects == record.effects else { return record.txHash }
            return signed.txHash
        }
    }
}

/// What unsettled payments did to one balance.
package struct OverlayBalance: Hashable, Sendable {
    /// Sum of what confirmed payments brought in, in the token's smallest unit.
    package var credits: UInt128
    /// Sum of what signed or confirmed payments took out, in the token's smallest unit.
    package var debits: UInt128
    /// The declared keys that those payments came under.
    package var payingKeys: PayingKeys

    package static let zero = OverlayBalance(credits: 0, debits: 0, payingKeys: .none)

    package init(credits: UInt128, debits: UInt128, payingKeys: PayingKeys) {
        self.credits = credits
        self.debits = debits
        self.payingKeys = payingKeys
    }
}

/// How many nonce keys pay out of one balance.
///
/// Payments under one key follow each other, so every signer of the last has seen all; payments under
/// several do not, and then a validator may use less of the balance (docs/decisions/0007).
package enum PayingKeys: Hashable, Sendable {
    case none
    case one(NonceKey)
    case several

    /// The keys once `key` pays too.
    package func including(_ key: NonceKey) -> PayingKeys {
        switch self {
        case .none: .one(key)
        case .one(key): self
        case .one, .several: .several
        }
    }
}
