/// A transaction of one of Ethereum's kinds, without its signature.
///
/// All of them follow the sender's protocol nonce, and the sender pays the fee.
public struct EthereumTransaction: Hashable, Sendable {
    /// The kinds, with what each has and the others do not.
    public enum Kind: Hashable, Sendable {
        /// The original kind, with the chain id in its signature's v (EIP-155).
        case legacy(gasPrice: UInt128)
        case eip2930(gasPrice: UInt128, accessList: [AccessListEntry])
        case eip1559(GasFees, accessList: [AccessListEntry])
        case eip7702(
            GasFees, accessList: [AccessListEntry],
            authorizations: [Authorization<Secp256k1Signature>])
    }

    public var chainID: UInt64
    public var nonce: UInt64
    public var gasLimit: UInt64
    public var call: Call
    public var kind: Kind

    public init(chainID: UInt64, nonce: UInt64, gasLimit: UInt64, call: Call, kind: Kind) {
        self.chainID = chainID
        self.nonce = nonce
        self.gasLimit = gasLimit
        self.call = call
        self.kind = kind
    }

    /// What the sender signs the Keccak-256 of.
    public var signingPreimage: [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(256)
        if let typeByte { output.append(typeByte) }
        output.appendRLPList { output in
            appendFields(to: &output)
            if typeByte == nil {
                output.append(rlpInteger: chainID)
                output.append(rlpInteger: 0 as UInt8)
                output.append(rlpInteger: 0 as UInt8)
            }
        }
        return output
    }

    /// The transaction as a node takes it.
    func encoded(with signature: Secp256k1Signature) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(256)
        if let typeByte { output.append(typeByte) }
        output.appendRLPList { output in
            appendFields(to: &output)
            if typeByte == nil {
                output.append(rlpInteger: Self.legacyV(chainID: chainID, signature: signature))
                output.append(rlpWord: signature.r)
                output.append(rlpWord: signature.s)
            } else {
                signature.appendRLPItems(to: &output)
            }
        }
        return output
    }

    /// What the transaction offers for its gas; where one price is given, it is the maximum.
    public var maxFeePerGas: UInt128 {
        switch kind {
        case .legacy(let gasPrice), .eip2930(let gasPrice, _): gasPrice
        case .eip1559(let fees, _), .eip7702(let fees, _, _): fees.maxFeePerGas
        }
    }

    /// The most that goes to the proposer; nil for the kinds that have one price.
    public var maxPriorityFeePerGas: UInt128? {
        switch kind {
        case .legacy, .eip2930: nil
        case .eip1559(let fees, _), .eip7702(let fees, _, _): fees.maxPriorityFeePerGas
        }
    }

    /// The accounts and slots named beforehand.
    public var accessList: [AccessListEntry] {
        switch kind {
        case .legacy: []
        case .eip2930(_, let accessList), .eip1559(_, let accessList),
            .eip7702(_, let accessList, _):
            accessList
        }
    }
}

// MARK: Encoding

extension EthereumTransaction {
    /// The first byte of the typed kinds (EIP-2718).
    enum EnvelopeType: UInt8 {
        case eip2930 = 0x01
        case eip1559 = 0x02
        case eip7702 = 0x04
    }

    private var typeByte: UInt8? {
        switch kind {
        case .legacy: nil
        case .eip2930: EnvelopeType.eip2930.rawValue
        case .eip1559: EnvelopeType.eip1559.rawValue
        case .eip7702: EnvelopeType.eip7702.rawValue
        }
    }

    /// v of EIP-155: 35 + 2 · chain id + parity.
    private static func legacyV(chainID: UInt64, signature: Secp256k1Signature) -> UInt128 {
        35 + 2 * UInt128(chainID) + (signature.yIsOdd ? 1 : 0)
    }

    /// The items that are signed and sent alike, in the order of the kind.
    private func appendFields(to output: inout [UInt8]) {
        if typeByte != nil {
            output.append(rlpInteger: chainID)
        }
        output.append(rlpInteger: nonce)
        switch kind {
        case .legacy(let gasPrice), .eip2930(let gasPrice, _):
            output.append(rlpInteger: gasPrice)
        case .eip1559(let fees, _), .eip7702(let fees, _, _):
            fees.appendRLPItems(to: &output)
        }
        output.append(rlpInteger: gasLimit)
        call.appendRLPItems(to: &output)
        switch kind {
        case .legacy:
            break
        case .eip2930, .eip1559:
            output.appendRLPList(accessList) { $1.appendRLP(to: &$0) }
        case .eip7702(_, let accessList, let authorizations):
            output.appendRLPList(accessList) { $1.appendRLP(to: &$0) }
            output.appendRLPList(authorizations) { output, authorization in
                authorization.appendRLP(to: &output) { $1.appendRLPItems(to: &$0) }
            }
        }
    }
}

// MARK: Decoding

extension EthereumTransaction {
    /// Reads a legacy transaction's nine items.
    static func decodeLegacy(
        _ items: inout RLPReader
    ) throws(TransactionError) -> (EthereumTransaction, Secp256k1Signature) {
        let nonce = try items.readInteger(UInt64.self)
        let gasPrice = try items.readInteger(UInt128.self)
        let gasLimit = try items.readInteger(UInt64.self)
        let call = try Call(rlp: &items)
        let v = try items.readInteger(UInt128.self)
        let r = try items.readWord()
        let s = try items.readWord()
        guard v >= 35 else {
            // 27 and 28 are the form from before EIP-155; nothing else below 35 means anything.
            throw v == 27 || v == 28 ? .withoutChainID : .recoveryIDOutOfRange(UInt8(v))
        }
        guard let chainID = UInt64(exactly: (v - 35) / 2) else { throw .chainIDTooLarge }
        return (
            EthereumTransaction(
                chainID: chainID, nonce: nonce, gasLimit: gasLimit, call: call,
                kind: .legacy(gasPrice: gasPrice)),
            Secp256k1Signature(r: r, s: s, yIsOdd: v.isMultiple(of: 2))
        )
    }

    /// Reads the items of a typed kind.
    static func decode(
        _ type: EnvelopeType, _ items: inout RLPReader
    ) throws(TransactionError) -> (EthereumTransaction, Secp256k1Signature) {
        let chainID = try items.readInteger(UInt64.self)
        let nonce = try items.readInteger(UInt64.self)
        let fees: GasFees
        switch type {
        case .eip2930:
            let gasPrice = try items.readInteger(UInt128.self)
            fees = GasFees(maxPriorityFeePerGas: gasPrice, maxFeePerGas: gasPrice)
        case .eip1559, .eip7702:
            fees = try GasFees(rlp: &items)
        }
        let gasLimit = try items.readInteger(UInt64.self)
        let call = try Call(rlp: &items)
        let accessList = try items.readList { list throws(TransactionError) in
            try AccessListEntry(rlp: &list)
        }
        let kind: Kind
        switch type {
        case .eip2930:
            kind = .eip2930(gasPrice: fees.maxFeePerGas, accessList: accessList)
        case .eip1559:
            kind = .eip1559(fees, accessList: accessList)
        case .eip7702:
            guard call.to != nil else { throw .createNotAllowed }
            let authorizations = try items.readList { list throws(TransactionError) in
                try Authorization(rlp: &list) { items throws(TransactionError) in
                    try Secp256k1Signature(rlp: &items)
                }
            }
            kind = .eip7702(fees, accessList: accessList, authorizations: authorizations)
        }
        let signature = try Secp256k1Signature(rlp: &items)
        return (
            EthereumTransaction(
                chainID: chainID, nonce: nonce, gasLimit: gasLimit, call: call, kind: kind),
            signature
        )
    }
}
