public import AllegroCrypto
public import AllegroModels

/// What a wallet wants to pay, before it is signed.
public struct PaymentOrder: Hashable, Sendable {
    public var recipient: Address
    /// In the token's smallest unit, at least 1.
    public var amount: UInt64
    public var asset: Address
    /// 32 bytes for the recipient's books; nil for a plain transfer.
    public var memo: Bytes32?
    /// How the signed bytes are encoded.
    public var format: TempoTxFormat
    /// The declared nonce.
    ///
    /// An Ethereum payment is signed with the sequence as account nonce, a native one with both parts.
    public var nonce: Nonce2D
    public var expiry: Expiry
    /// The quorum certificate that the payment is to be paid out of; nil where none is needed.
    public var parent: QCHash?
    /// The wallet's own name for the payment; empty for none.
    public var clientRequestID: String
    public var gas: GasOffer

    public init(
        to recipient: Address, amount: UInt64, of asset: Address, memo: Bytes32? = nil,
        format: TempoTxFormat, nonce: Nonce2D, expiry: Expiry, parent: QCHash? = nil,
        clientRequestID: String = "", gas: GasOffer = GasOffer()
    ) {
        self.recipient = recipient
        self.amount = amount
        self.asset = asset
        self.memo = memo
        self.format = format
        self.nonce = nonce
        self.expiry = expiry
        self.parent = parent
        self.clientRequestID = clientRequestID
        self.gas = gas
    }

    /// What the payment offers for its inclusion.
    public struct GasOffer: Hashable, Sendable {
        /// At least 271 000 and the calldata where the nonce is 0, and 250 000 more to reach an account
        /// that never held the token (docs/05-tempo-integration.md).
        public var limit: UInt64
        public var fees: GasFees

        /// 600 000 gas at up to 20 · 10^9, which is at most 0.012 dollars.
        public init(
            limit: UInt64 = 600_000,
            fees: GasFees = GasFees(maxPriorityFeePerGas: 0, maxFeePerGas: 20_000_000_000)
        ) {
            self.limit = limit
            self.fees = fees
        }
    }

    /// Signs the payment and puts it into its envelope.
    public func signed(by key: Secp256k1PrivateKey, chainID: UInt64) -> FastPayTransaction {
        FastPayTransaction(
            chainID: chainID, tempoTx: transaction(signedBy: key, chainID: chainID).encoded,
            format: format,
            intent: PaymentIntent(
                sender: key.address, recipient: recipient, amount: amount, asset: asset),
            nonce: nonce, expiry: expiry, parentQCHash: parent,
            clientRequestID: clientRequestID)
    }

    private func transaction(
        signedBy key: Secp256k1PrivateKey, chainID: UInt64
    ) -> SignedTransaction {
        let calldata =
            memo.map { Tip20.transferWithMemo(to: recipient, amount: amount, memo: $0) }
            ?? Tip20.transfer(to: recipient, amount: amount)
        let call = Call(to: asset, input: calldata)
        switch format {
        case .evmOpaqueBytesV1:
            return EthereumTransaction(
                chainID: chainID, nonce: nonce.sequence, gasLimit: gas.limit, call: call,
                kind: .eip1559(gas.fees, accessList: [])
            ).signed(by: key)
        case .tempoNativeV1:
            return TempoTransaction(
                chainID: chainID, fees: gas.fees, gasLimit: gas.limit, calls: [call],
                nonce: nonce
            ).signed(by: key)
        }
    }
}
