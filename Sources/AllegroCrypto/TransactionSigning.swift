public import AllegroModels

extension EthereumTransaction {
    /// Signs as the sender.
    public func signed(by key: Secp256k1PrivateKey) -> SignedTransaction {
        .ethereum(self, key.sign(Keccak256.hash(signingPreimage)))
    }
}

extension TempoTransaction {
    /// What the sender signs.
    public var signingHash: SigningHash { SigningHash(Keccak256.hash(signingPreimage)) }

    /// Signs as the sender.
    ///
    /// Where a sponsor is to pay, ``TempoTransaction/feePayer`` must say so before: the sender signs
    /// that somebody else pays, though not who.
    public func signed(by key: Secp256k1PrivateKey) -> SignedTransaction {
        .tempo(self, .primitive(.secp256k1(key.sign(signingHash.value))))
    }

    /// Signs as the sender, with a P-256 key; nil when the library gives no signature.
    public func signed(by key: P256PrivateKey) -> SignedTransaction? {
        guard let signature = key.sign(signingHash.value) else { return nil }
        return .tempo(self, .primitive(.p256(signature, prehashed: false)))
    }

    /// Signs for `account` with an access key that the account has authorized on chain.
    public func signed(byAccessKey key: Secp256k1PrivateKey, of account: Address)
        -> SignedTransaction
    {
        let message = KeychainVersion.v2.message(signingHash: signingHash, account: account)
        return .tempo(
            self, .keychain(.v2, account: account, .secp256k1(key.sign(message))))
    }

    /// The same transaction with `sponsor`'s signature that it pays the fee of `sender`.
    public func sponsored(by sponsor: Secp256k1PrivateKey, sender: Address) -> TempoTransaction {
        var transaction = self
        transaction.feePayer = .sponsor(sponsor.sign(feePayerSigningHash(sender: sender)))
        return transaction
    }
}
