internal import AllegroCrypto
package import AllegroModels
package import SidecarCore

/// A payment as admission would hand it to the decider, without a transaction behind it.
package struct TestPayment: Hashable, Sendable {
    /// The one token of the tests.
    package static let asset = Address(repeating: 0x20)

    package var sender: Address
    package var recipient: Address
    package var amount: UInt64
    package var asset = Self.asset
    /// The declared nonce.
    package var nonce: Nonce2D
    /// Whether the signed nonce is the account's, whatever key is declared.
    package var isEthereum = false
    /// Tells payments with equal effects apart, as another memo would.
    package var salt: UInt8 = 0
    /// Tells envelopes of one payment apart, as another expiry would.
    package var envelope: UInt8 = 0
    package var expiry = Expiry.maxBlockHeight(100)
    package var parentQCHash: QCHash?
    package var clientRequestID = ""
    package var parents = PresentedParents()

    package init(
        from sender: UInt8, to recipient: UInt8, amount: UInt64, key: UInt8 = 7,
        sequence: UInt64 = 0
    ) {
        self.sender = Address(repeating: sender)
        self.recipient = Address(repeating: recipient)
        self.amount = amount
        nonce = Nonce2D(key: NonceKey(repeating: key), sequence: sequence)
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.txHash == right.txHash && left.clientRequestID == right.clientRequestID
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(txHash) }

    package var effects: Effects {
        Effects(
            sender: sender, recipient: recipient, amount: amount, asset: asset, nonce: nonce)
    }

    /// The nonce in the signed bytes.
    package var signedNonce: Nonce2D {
        isEthereum ? Nonce2D(key: .protocol, sequence: nonce.sequence) : nonce
    }

    package var signingHash: SigningHash {
        var signed = effects
        signed.nonce = signedNonce
        return SigningHash(
            sha256(CanonicalEncoding.effectsPreimage(signed) + [isEthereum ? 1 : 0, salt]))
    }

    /// Stands for the transaction: no two payments have the same.
    package var signedBytes: [UInt8] { signingHash.bytes }

    package var txHash: TxHash {
        TxHash(sha256(signingHash.bytes + nonce.key.bytes + [envelope]))
    }

    package var slot: NonceSlot { NonceSlot(effects) }

    package var admitted: AdmittedPayment {
        AdmittedPayment(
            txHash: txHash, effectsHash: effects.hash, effects: effects,
            signingHash: signingHash, signedNonce: signedNonce, signedBytes: signedBytes,
            expiry: expiry,
            parentQCHash: parentQCHash, clientRequestID: clientRequestID, parents: parents)
    }

    /// A copy with some of its fields changed.
    package func with(_ change: (inout TestPayment) -> Void) -> TestPayment {
        var copy = self
        change(&copy)
        return copy
    }
}
