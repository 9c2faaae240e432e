/// Whether a transaction goes through the block space that the chain keeps for payments (TIP-1045).
///
/// The lane also takes the calls of the channel reserve. None of them is a payment that could be
/// certified here, and transactions with one are answered as outside the lane.
extension SignedTransaction {
    /// The rule since the chain's fork T5: calls of tokens from a list, and nothing beside them.
    public var isInPaymentLane: Bool {
        guard accessList.isEmpty, !authorizesCode else { return false }
        switch self {
        case .ethereum: break
        case .tempo(let transaction, _):
            guard transaction.keyAuthorizationByteCount <= PaymentLane.keyAuthorizationBytesMax
            else { return false }
        }
        return calls.allSatisfy { call in
            guard call.to?.hasTip20Prefix == true else { return false }
            let selector = call.input.prefix(4).reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
            return PaymentLane.calldataByteCounts[selector] == call.input.count
        }
    }

    /// The rule before T5: every call goes to a token's address.
    public var isInPaymentLaneBeforeT5: Bool {
        calls.allSatisfy { $0.to?.hasTip20Prefix == true }
    }
}

private enum PaymentLane {
    static let keyAuthorizationBytesMax = 1024

    /// The listed functions' selectors and the lengths that their calldata must have.
    static let calldataByteCounts: [UInt32: Int] = [
        0xa905_9cbb: 68,  // transfer(address,uint256)
        0x9577_7d59: 100,  // transferWithMemo(address,uint256,bytes32)
        0x23b8_72dd: 100,  // transferFrom(address,address,uint256)
        0x929c_2539: 132,  // transferFromWithMemo(address,address,uint256,bytes32)
        0x095e_a7b3: 68,  // approve(address,uint256)
        0x40c1_0f19: 68,  // mint(address,uint256)
        0xe44f_0b12: 100,  // mintWithMemo(address,uint256,bytes32)
        0x4296_6c68: 36,  // burn(uint256)
        0x38f2_3b0b: 68,  // burnWithMemo(uint256,bytes32)
    ]
}

extension TempoTransaction {
    /// The length of the key authorization's encoding; 0 without one.
    fileprivate var keyAuthorizationByteCount: Int {
        var output: [UInt8] = []
        keyAuthorization?.appendRLP(to: &output)
        return output.count
    }
}
