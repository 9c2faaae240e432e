public import AllegroModels

extension SignedTransaction {
    /// What the sender signed.
    public var signingHash: SigningHash { SigningHash(Keccak256.hash(signingPreimage)) }

    /// The hash by which the chain's receipts are found; it is not unique to a payment.
    public var chainTxHash: ChainTxHash { ChainTxHash(Keccak256.hash(encoded)) }

    /// By what the chain tells apart the transactions of the expiring nonce key.
    public func replayID(sender: Address) -> Bytes32 {
        Keccak256.hash(replayPreimage(sender: sender))
    }
}

extension TempoTransaction {
    /// What a sponsor signs to pay the fee of `sender`'s transaction.
    public func feePayerSigningHash(sender: Address) -> Bytes32 {
        Keccak256.hash(feePayerSigningPreimage(sender: sender))
    }
}
