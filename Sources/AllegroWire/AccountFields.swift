internal import AllegroModels
internal import FoundationEssentials

extension AccountRequest {
    /// - Throws: ``WireError`` for no address, a field of another size and what is no cursor.
    init(_ message: PBGetAccountRequest) throws(WireError) {
        self.init(
            address: try required(
                "address", isSet: message.hasAddress, message.address, Address.init(_:)),
            key: try parseOptional(message.nonceKeyBe, "nonce_key_be"),
            limit: message.limit,
            cursor: try parse(
                message.cursor, bytesMax: WireLimits.accountCursorBytesMax, "cursor"))
    }
}

extension PBGetAccountRequest {
    init(_ request: AccountRequest) {
        address = PBAddress(request.address)
        nonceKeyBe = Data(request.key)
        limit = request.limit
        cursor = request.cursor
    }
}

extension AccountPage {
    /// - Throws: ``WireError`` for a field that is missing or of another size.
    init(_ message: PBGetAccountResponse) throws(WireError) {
        self.init(
            balances: try parseEach(message.balances, "balances", AccountBalance.init(_:)),
            nonces: try parseEach(message.nonces, "nonces", NonceProgress.init(_:)),
            payments: try parseEach(message.payments, "payments", UnsettledPayment.init(_:)),
            nextCursor: try parse(
                message.nextCursor, bytesMax: WireLimits.accountCursorBytesMax, "next_cursor"))
    }
}

extension PBGetAccountResponse {
    init(_ page: AccountPage) {
        balances = page.balances.map(PBAccountBalance.init(_:))
        nonces = page.nonces.map(PBAccountNonce.init(_:))
        payments = page.payments.map(PBUnsettledPayment.init(_:))
        nextCursor = page.nextCursor
    }
}

extension AccountBalance {
    /// - Throws: ``WireError`` unless each amount has 16 bytes and the asset 20.
    init(_ message: PBAccountBalance) throws(WireError) {
        self.init(
            asset: try required(
                "asset", isSet: message.hasAsset, message.asset, Address.init(_:)),
            base: try parse(message.baseBe, "base_be"),
            credits: try parse(message.creditsBe, "credits_be"),
            debits: try parse(message.debitsBe, "debits_be"),
            available: try parse(message.availableBe, "available_be"))
    }
}

extension PBAccountBalance {
    init(_ balance: AccountBalance) {
        asset = PBAssetId(balance.asset)
        baseBe = Data(balance.base)
        creditsBe = Data(balance.credits)
        debitsBe = Data(balance.debits)
        availableBe = Data(balance.available)
    }
}

extension NonceProgress {
    /// - Throws: ``WireError`` unless the key has 32 bytes.
    init(_ message: PBAccountNonce) throws(WireError) {
        self.init(
            key: try parse(message.nonceKeyBe, "nonce_key_be"), next: message.nextNonceSeq,
            confirmed: message.confirmedNonceSeq)
    }
}

extension PBAccountNonce {
    init(_ nonce: NonceProgress) {
        nonceKeyBe = Data(nonce.key)
        nextNonceSeq = nonce.next
        confirmedNonceSeq = nonce.confirmed
    }
}

extension UnsettledPayment {
    /// - Throws: ``WireError`` when a field is missing or of another size.
    init(_ message: PBUnsettledPayment) throws(WireError) {
        self.init(
            txHash: try parse(message.txHash, "tx_hash"),
            effects: try required(
                "effects", isSet: message.hasEffects, message.effects, Effects.init(_:)),
            stage: try parse(message.stage),
            qcHash: try parseOptional(message.qcHash, "qc_hash"),
            createdUnixMillis: message.createdUnixMillis)
    }
}

extension PBUnsettledPayment {
    init(_ payment: UnsettledPayment) {
        txHash = Data(payment.txHash)
        effects = PBEffectsSummary(payment.effects)
        stage = PBTxLifecycleUpdate.Stage(payment.stage)
        qcHash = Data(payment.qcHash)
        createdUnixMillis = payment.createdUnixMillis
    }
}
