public import AllegroModels

/// Why signed bytes are no payment that may be certified; each holds one line for people.
public enum PaymentRefusal: Error, Hashable, Sendable {
    /// The bytes, their form or a signature are wrong: `INVALID_FORMAT`.
    case malformed(String)
    /// A transaction, but not an acceptable payment: `NOT_PAYMENT_TX`.
    case notAPayment(String)
}

extension SignedPayment {
    /// Reads signed bytes and checks all that can be checked without state (protocol section 4).
    ///
    /// The chain id, the nonce key's lane and the validity window are the caller's to compare. What is
    /// cheap comes first, so that nonsense costs no recovery.
    ///
    /// - Parameter nodeAttached: whether the caller asks a node about ``SignedPayment/accessKey`` and
    ///   about a virtual recipient before it believes the payment; without one, both are refused.
    public init(
        format: TempoTxFormat, bytes: [UInt8], nodeAttached: Bool = false
    ) throws(PaymentRefusal) {
        let transaction = try Self.decode(bytes, as: format)
        let payment: TokenPayment
        do {
            payment = try transaction.payment(nodeAttached: nodeAttached)
        } catch {
            throw .notAPayment(error.description)
        }
        let signingHash = transaction.signingHash
        guard let sender = transaction.sender(of: signingHash) else {
            throw .malformed("the sender's signature does not hold")
        }
        guard payment.recipient != sender.address else {
            throw .notAPayment(NotAPayment.recipientIsSender.description)
        }
        self.init(
            format: format, chainID: transaction.chainID, sender: sender.address,
            payment: payment, nonce: transaction.nonce, signingHash: signingHash,
            validAfter: transaction.validAfter, validBefore: transaction.validBefore,
            fee: try Self.fee(of: transaction, sender: sender.address),
            accessKey: sender.accessKey)
    }

    private static func decode(
        _ bytes: [UInt8], as format: TempoTxFormat
    ) throws(PaymentRefusal) -> SignedTransaction {
        let transaction: SignedTransaction
        do {
            transaction = try SignedTransaction(decoding: bytes)
        } catch {
            throw .malformed(error.description)
        }
        switch (format, transaction) {
        case (.evmOpaqueBytesV1, .ethereum), (.tempoNativeV1, .tempo): return transaction
        case (.evmOpaqueBytesV1, .tempo), (.tempoNativeV1, .ethereum):
            throw .malformed("the transaction is not of the declared format")
        }
    }

    private static func fee(
        of transaction: SignedTransaction, sender: Address
    ) throws(PaymentRefusal) -> FeeOffer {
        guard let payer = transaction.feePayer(sender: sender) else {
            throw .malformed("the fee payer's signature does not hold")
        }
        if transaction.isSponsored, payer == sender {
            throw .notAPayment(NotAPayment.sponsorIsSender.description)
        }
        return FeeOffer(
            payer: payer, token: transaction.feeToken, gasLimit: transaction.gasLimit,
            maxFeePerGas: transaction.maxFeePerGas)
    }
}
