/// A transfer of a token as a transaction's one call says it.
public struct TokenPayment: Hashable, Sendable {
    public var asset: Address
    public var recipient: Address
    /// In the token's smallest unit; never 0.
    public var amount: UInt64
    public var memo: Bytes32?
}

extension SignedTransaction {
    /// The payment that this transaction is (docs: protocol, what signed bytes may be).
    ///
    /// Everything is checked that needs no key: who sent it is still open, and with it whether the
    /// sender pays to itself or sponsors itself.
    ///
    /// - Parameter nodeAttached: whether the caller asks a node about access keys and virtual
    ///   recipients; without one, both are refused.
    public func payment(nodeAttached: Bool = false) throws(NotAPayment) -> TokenPayment {
        let calls = calls
        guard calls.count == 1 else { throw .calls(count: calls.count) }
        guard let asset = calls[0].to else { throw .createsContract }
        guard asset.hasTip20Prefix else { throw .notAToken(asset) }
        guard calls[0].value == .zero else { throw .valueNotZero }
        guard accessList.isEmpty else { throw .accessListNotEmpty }
        guard !authorizesCode else { throw .authorizesCode }
        if let maxPriorityFeePerGas, maxPriorityFeePerGas > maxFeePerGas {
            throw .priorityFeeAboveMaxFee
        }
        switch self {
        case .ethereum: break
        case .tempo(let transaction, let signature):
            try Self.check(transaction, signature, nodeAttached: nodeAttached)
        }
        switch try TokenCall(calldata: calls[0].input) {
        case .transfer(let recipient, let amount, let memo):
            guard amount != .zero else { throw .amountIsZero }
            guard let amount = amount.uint64 else { throw .amountTooLarge }
            try Self.check(recipient: recipient, nodeAttached: nodeAttached)
            return TokenPayment(asset: asset, recipient: recipient, amount: amount, memo: memo)
        }
    }

    private static func check(
        _ transaction: TempoTransaction, _ signature: TempoSignature, nodeAttached: Bool
    ) throws(NotAPayment) {
        guard transaction.keyAuthorization == nil else { throw .authorizesKey }
        switch signature {
        case .primitive: break
        case .keychain(.v1, _, _): throw .keychainV1
        case .keychain(.v2, _, _):
            guard nodeAttached else { throw .keychainV2 }
        }
        if transaction.nonce.key == .expiring {
            guard transaction.nonce.sequence == 0 else { throw .expiringNonceNotZero }
            guard transaction.validBefore != nil else { throw .expiringWithoutEnd }
        }
    }

    private static func check(recipient: Address, nodeAttached: Bool) throws(NotAPayment) {
        guard recipient != .zero else { throw .recipientIsZero }
        guard !recipient.hasTip20Prefix else { throw .recipientIsToken }
        guard recipient != .receivePolicyGuard else { throw .recipientIsGuard }
        guard nodeAttached || !recipient.isVirtual else { throw .recipientIsVirtual }
    }
}
