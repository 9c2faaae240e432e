internal import AllegroModels
internal import FoundationEssentials

// The small messages that payments and certificates are made of.

extension Address {
    /// - Throws: ``WireError`` unless there are 20 bytes.
    init(_ message: PBAddress) throws(WireError) { self = try parse(message.data, "data") }

    /// - Throws: ``WireError`` unless there are 20 bytes.
    init(_ message: PBAssetId) throws(WireError) { self = try parse(message.data, "data") }
}

extension PBAddress {
    init(_ address: Address) { data = Data(address) }
}

extension PBAssetId {
    init(_ asset: Address) { data = Data(asset) }
}

extension Nonce2D {
    /// - Throws: ``WireError`` unless the key has 32 bytes.
    init(_ message: PBNonce2D) throws(WireError) {
        self.init(
            key: try parse(message.nonceKeyBe, "nonce_key_be"), sequence: message.nonceSeq)
    }
}

extension PBNonce2D {
    init(_ nonce: Nonce2D) {
        nonceKeyBe = Data(nonce.key)
        nonceSeq = nonce.sequence
    }
}

extension Expiry {
    /// - Throws: ``WireError`` when neither kind is set.
    init(_ message: PBExpiry) throws(WireError) {
        switch message.kind {
        case .maxBlockHeight(let height): self = .maxBlockHeight(height)
        case .unixMillis(let millis): self = .unixMillis(millis)
        case nil: throw WireError("kind", .missing)
        }
    }
}

extension PBExpiry {
    init(_ expiry: Expiry) {
        switch expiry {
        case .maxBlockHeight(let height): kind = .maxBlockHeight(height)
        case .unixMillis(let millis): kind = .unixMillis(millis)
        }
    }
}

extension TempoTxFormat {
    /// - Throws: ``WireError`` for 0 and for a number that is not known.
    init(_ format: PBTempoTxFormat) throws(WireError) {
        switch format {
        case .evmOpaqueBytesV1: self = .evmOpaqueBytesV1
        case .tempoNativeV1: self = .tempoNativeV1
        case .unspecified: throw WireError("tempo_tx_format", .missing)
        case .UNRECOGNIZED(let number):
            throw WireError("tempo_tx_format", .unknownValue(number))
        }
    }
}

extension PBTempoTxFormat {
    init(_ format: TempoTxFormat) {
        switch format {
        case .evmOpaqueBytesV1: self = .evmOpaqueBytesV1
        case .tempoNativeV1: self = .tempoNativeV1
        }
    }
}

extension PaymentIntent {
    /// - Throws: ``WireError`` when an address is missing or has not 20 bytes.
    init(_ message: PBPaymentIntent) throws(WireError) {
        self.init(
            sender: try required(
                "sender", isSet: message.hasSender, message.sender, Address.init(_:)),
            recipient: try required(
                "recipient", isSet: message.hasRecipient, message.recipient, Address.init(_:)),
            amount: message.amount,
            asset: try required(
                "asset", isSet: message.hasAsset, message.asset, Address.init(_:)))
    }
}

extension PBPaymentIntent {
    init(_ intent: PaymentIntent) {
        sender = PBAddress(intent.sender)
        recipient = PBAddress(intent.recipient)
        amount = intent.amount
        asset = PBAssetId(intent.asset)
    }
}

extension Effects {
    /// - Throws: ``WireError`` when an address or the nonce is missing or of another size.
    init(_ message: PBEffectsSummary) throws(WireError) {
        self.init(
            sender: try required(
                "sender", isSet: message.hasSender, message.sender, Address.init(_:)),
            recipient: try required(
                "recipient", isSet: message.hasRecipient, message.recipient, Address.init(_:)),
            amount: message.amount,
            asset: try required(
                "asset", isSet: message.hasAsset, message.asset, Address.init(_:)),
            nonce: try required(
                "nonce", isSet: message.hasNonce, message.nonce, Nonce2D.init(_:)))
    }
}

extension PBEffectsSummary {
    init(_ effects: Effects) {
        sender = PBAddress(effects.sender)
        recipient = PBAddress(effects.recipient)
        amount = effects.amount
        asset = PBAssetId(effects.asset)
        nonce = PBNonce2D(effects.nonce)
    }
}
