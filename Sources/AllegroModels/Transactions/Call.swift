/// What a transaction does at one address.
public struct Call: Hashable, Sendable {
    /// Whom it calls; nil for the creation of a contract.
    public var to: Address?
    /// In 10^-18 of the native coin; the chain has none, so anything but zero is refused by it.
    public var value: Word256
    /// The calldata.
    public var input: [UInt8]

    public init(to: Address?, value: Word256 = .zero, input: [UInt8]) {
        self.to = to
        self.value = value
        self.input = input
    }

    /// Reads the three items, which Ethereum's transactions have among their own.
    init(rlp items: inout RLPReader) throws(TransactionError) {
        to = try items.readOptionalFixed(Address.self)
        value = Word256(try items.readWord())
        input = Array(try items.readString())
    }

    func appendRLPItems(to output: inout [UInt8]) {
        output.append(rlp: to)
        output.append(rlpWord: value.value)
        output.append(rlp: input)
    }
}

/// An address and the storage slots that a transaction names beforehand (EIP-2930).
public struct AccessListEntry: Hashable, Sendable {
    public var address: Address
    public var storageKeys: [Bytes32]

    public init(address: Address, storageKeys: [Bytes32]) {
        self.address = address
        self.storageKeys = storageKeys
    }

    init(rlp list: inout RLPReader) throws(TransactionError) {
        var items = try list.readList()
        address = try items.readFixed(Address.self)
        storageKeys = try items.readList { keys throws(TransactionError) in
            try keys.readFixed(Bytes32.self)
        }
        try items.finish()
    }

    func appendRLP(to output: inout [UInt8]) {
        output.appendRLPList { output in
            output.append(rlp: address)
            output.appendRLPList(storageKeys) { $0.append(rlp: $1) }
        }
    }
}

/// An account's permission to run another's code (EIP-7702), in either form of signature.
public struct Authorization<Signature: Hashable & Sendable>: Hashable, Sendable {
    /// 0 for every chain.
    public var chainID: Word256
    public var address: Address
    public var nonce: UInt64
    public var signature: Signature

    public init(chainID: Word256, address: Address, nonce: UInt64, signature: Signature) {
        self.chainID = chainID
        self.address = address
        self.nonce = nonce
        self.signature = signature
    }

    init(
        rlp list: inout RLPReader,
        signature readSignature: (inout RLPReader) throws(TransactionError) -> Signature
    ) throws(TransactionError) {
        var items = try list.readList()
        chainID = Word256(try items.readWord())
        address = try items.readFixed(Address.self)
        nonce = try items.readInteger(UInt64.self)
        signature = try readSignature(&items)
        try items.finish()
    }

    func appendRLP(
        to output: inout [UInt8], signature appendSignature: (inout [UInt8], Signature) -> Void
    ) {
        output.appendRLPList { output in
            output.append(rlpWord: chainID.value)
            output.append(rlp: address)
            output.append(rlpInteger: nonce)
            appendSignature(&output, signature)
        }
    }
}

/// What a transaction offers to pay for its gas (EIP-1559), in 10^-18 of a dollar per gas.
public struct GasFees: Hashable, Sendable {
    /// The most that goes to the proposer.
    public var maxPriorityFeePerGas: UInt128
    /// The most in all.
    public var maxFeePerGas: UInt128

    public init(maxPriorityFeePerGas: UInt128, maxFeePerGas: UInt128) {
        self.maxPriorityFeePerGas = maxPriorityFeePerGas
        self.maxFeePerGas = maxFeePerGas
    }

    init(rlp items: inout RLPReader) throws(TransactionError) {
        maxPriorityFeePerGas = try items.readInteger(UInt128.self)
        maxFeePerGas = try items.readInteger(UInt128.self)
    }

    func appendRLPItems(to output: inout [UInt8]) {
        output.append(rlpInteger: maxPriorityFeePerGas)
        output.append(rlpInteger: maxFeePerGas)
    }
}
