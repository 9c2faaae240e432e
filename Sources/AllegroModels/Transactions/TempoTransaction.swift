/// A Tempo transaction (type 0x76), without its sender's signature.
public struct TempoTransaction: Hashable, Sendable {
    /// Who pays the fee.
    public enum FeePayer: Hashable, Sendable {
        case sender
        /// Somebody who has yet to sign: the form that the sender signs and that asks for it.
        case awaited
        /// Whoever made this signature over ``TempoTransaction/feePayerSigningPreimage(sender:)``.
        case sponsor(Secp256k1Signature)
    }

    public var chainID: UInt64
    public var fees: GasFees
    public var gasLimit: UInt64
    /// At least one; only the first may create a contract.
    public var calls: [Call]
    public var accessList: [AccessListEntry]
    public var nonce: Nonce2D
    /// The first second, since 1970, in which it can no longer be included; nil for no end.
    public var validBefore: UInt64?
    /// The first second, since 1970, in which it can be included; nil for at once.
    public var validAfter: UInt64?
    /// The token that pays the fee; nil leaves it to the chain's order of preference.
    public var feeToken: Address?
    public var feePayer: FeePayer
    public var authorizations: [Authorization<TempoSignature>]
    public var keyAuthorization: KeyAuthorization?

    public init(
        chainID: UInt64, fees: GasFees, gasLimit: UInt64, calls: [Call],
        accessList: [AccessListEntry] = [], nonce: Nonce2D, validBefore: UInt64? = nil,
        validAfter: UInt64? = nil, feeToken: Address? = nil, feePayer: FeePayer = .sender,
        authorizations: [Authorization<TempoSignature>] = [],
        keyAuthorization: KeyAuthorization? = nil
    ) {
        self.chainID = chainID
        self.fees = fees
        self.gasLimit = gasLimit
        self.calls = calls
        self.accessList = accessList
        self.nonce = nonce
        self.validBefore = validBefore
        self.validAfter = validAfter
        self.feeToken = feeToken
        self.feePayer = feePayer
        self.authorizations = authorizations
        self.keyAuthorization = keyAuthorization
    }

    /// What the sender signs the Keccak-256 of.
    ///
    /// Where somebody else pays the fee, the sender signs neither the token nor who it is.
    public var signingPreimage: [UInt8] {
        switch feePayer {
        case .sender:
            encoded(domain: Self.typeByte, feeToken: feeToken, payer: .none)
        case .awaited, .sponsor:
            encoded(domain: Self.typeByte, feeToken: nil, payer: .placeholder)
        }
    }

    /// What a sponsor signs the Keccak-256 of, to pay the fee of `sender`'s transaction.
    public func feePayerSigningPreimage(sender: Address) -> [UInt8] {
        encoded(domain: Self.feePayerDomain, feeToken: feeToken, payer: .sender(sender))
    }

    /// The transaction as a node takes it; with an awaited fee payer, as a sponsor takes it.
    func encoded(with signature: TempoSignature) -> [UInt8] {
        let payer: PayerItem
        switch feePayer {
        case .sender: payer = .none
        case .awaited: payer = .placeholder
        case .sponsor(let signature): payer = .signature(signature)
        }
        return encoded(
            domain: Self.typeByte, feeToken: feeToken, payer: payer, signature: signature)
    }
}

// MARK: Encoding

extension TempoTransaction {
    /// The first byte of the transaction and of what the sender signs.
    static let typeByte: UInt8 = 0x76
    /// The first byte of what a sponsor signs.
    private static let feePayerDomain: UInt8 = 0x78

    /// What stands in the fee payer's place.
    private enum PayerItem {
        case none
        case placeholder
        case sender(Address)
        case signature(Secp256k1Signature)

        func appendRLP(to output: inout [UInt8]) {
            switch self {
            case .none: output.append(0x80)
            case .placeholder: output.append(0x00)
            case .sender(let address): output.append(rlp: address)
            case .signature(let signature):
                output.appendRLPList { signature.appendRLPItems(to: &$0) }
            }
        }
    }

    private func encoded(
        domain: UInt8, feeToken: Address?, payer: PayerItem, signature: TempoSignature? = nil
    ) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(320)
        output.append(domain)
        output.appendRLPList { output in
            output.append(rlpInteger: chainID)
            fees.appendRLPItems(to: &output)
            output.append(rlpInteger: gasLimit)
            output.appendRLPList(calls) { output, call in
                output.appendRLPList { call.appendRLPItems(to: &$0) }
            }
            output.appendRLPList(accessList) { $1.appendRLP(to: &$0) }
            output.append(rlpWord: nonce.key.value)
            output.append(rlpInteger: nonce.sequence)
            output.append(rlpInteger: validBefore ?? 0)
            output.append(rlpInteger: validAfter ?? 0)
            output.append(rlp: feeToken)
            payer.appendRLP(to: &output)
            output.appendRLPList(authorizations) { output, authorization in
                authorization.appendRLP(to: &output) { $0.append(rlp: $1.bytes) }
            }
            keyAuthorization?.appendRLP(to: &output)
            if let signature {
                output.append(rlp: signature.bytes)
            }
        }
        return output
    }
}

// MARK: Decoding

extension TempoTransaction {
    /// Reads the 14 or 15 items.
    static func decode(
        _ items: inout RLPReader
    ) throws(TransactionError) -> (TempoTransaction, TempoSignature) {
        let transaction = try TempoTransaction(rlp: &items)
        try transaction.checkStructure()
        return (transaction, try TempoSignature(bytes: try items.readString()))
    }

    /// Reads the items before the sender's signature.
    private init(rlp items: inout RLPReader) throws(TransactionError) {
        chainID = try items.readInteger(UInt64.self)
        fees = try GasFees(rlp: &items)
        gasLimit = try items.readInteger(UInt64.self)
        calls = try items.readList { list throws(TransactionError) in
            var items = try list.readList()
            let call = try Call(rlp: &items)
            try items.finish()
            return call
        }
        accessList = try items.readList { list throws(TransactionError) in
            try AccessListEntry(rlp: &list)
        }
        let key = NonceKey(try items.readWord())
        nonce = Nonce2D(key: key, sequence: try items.readInteger(UInt64.self))
        validBefore = Self.present(try items.readInteger(UInt64.self))
        validAfter = Self.present(try items.readInteger(UInt64.self))
        feeToken = try items.readOptionalFixed(Address.self)
        if items.skipEmptyString() {
            feePayer = .sender
        } else {
            var payer = try items.readList()
            feePayer = .sponsor(try Secp256k1Signature(rlp: &payer))
            try payer.finish()
        }
        authorizations = try items.readList { list throws(TransactionError) in
            try Authorization(rlp: &list) { items throws(TransactionError) in
                try TempoSignature(bytes: try items.readString())
            }
        }
        // A signature is a string, so that a list in its place is a key authorization.
        keyAuthorization = items.nextIsList ? try KeyAuthorization(rlp: &items) : nil
    }

    private static func present(_ seconds: UInt64) -> UInt64? { seconds == 0 ? nil : seconds }

    /// The rules that a node applies when it decodes.
    private func checkStructure() throws(TransactionError) {
        guard let first = calls.first else { throw .noCall }
        if first.to == nil, !authorizations.isEmpty { throw .createNotAllowed }
        if calls.dropFirst().contains(where: { $0.to == nil }) { throw .createNotAllowed }
        if let validBefore, let validAfter, validBefore <= validAfter {
            throw .emptyValidityWindow
        }
    }
}
