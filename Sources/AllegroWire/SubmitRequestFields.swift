internal import AllegroModels
internal import FoundationEssentials

extension SubmitMessage {
    init(_ message: PBSubmitFastPayRequest) {
        do {
            self = .wellFormed(try SubmitRequest(message))
        } catch {
            self = .malformed(RejectReason(.invalidFormat, error.description))
        }
    }
}

extension SubmitRequest {
    /// - Throws: ``WireError`` that names the field, counted from the payment's own message.
    init(_ message: PBSubmitFastPayRequest) throws(WireError) {
        guard message.hasTx else { throw WireError("tx", .missing) }
        transaction = try FastPayTransaction(message.tx)
        guard message.parentQcs.count <= WireLimits.parentQCCountMax else {
            throw WireError(
                "parent_qcs",
                .tooMany(count: message.parentQcs.count, countMax: WireLimits.parentQCCountMax))
        }
        parents = message.parentQcs.enumerated().map { index, parent in
            PresentedQuorumCertificate(parent, at: index)
        }
    }
}

extension PresentedQuorumCertificate {
    init(_ message: PBQuorumCertificate, at index: Int) {
        do {
            self = .parsed(try QuorumCertificate(message))
        } catch {
            self = .malformed(error.inside("parent_qcs[\(index)]").description)
        }
    }
}

extension FastPayTransaction {
    /// - Throws: ``WireError`` when a field is missing or of another size.
    init(_ message: PBFastPayTx) throws(WireError) {
        guard message.hasChainID else { throw WireError("chain_id", .missing) }
        self.init(
            chainID: message.chainID.value,
            tempoTx: try required(
                "tempo_tx", isSet: message.hasTempoTx, message.tempoTx, signedBytes),
            format: try TempoTxFormat(message.tempoTxFormat),
            intent: try optional(
                "intent", isSet: message.hasIntent, message.intent, PaymentIntent.init(_:)),
            overlayPayment: try optional(
                "overlay.payment", isSet: message.hasOverlay && message.overlay.hasPayment,
                message.overlay.payment, PaymentIntent.init(_:)),
            nonce: try required(
                "nonce", isSet: message.hasNonce, message.nonce, Nonce2D.init(_:)),
            expiry: try required(
                "expiry", isSet: message.hasExpiry, message.expiry, Expiry.init(_:)),
            parentQCHash: try parseOptional(message.parentQcHash, "parent_qc_hash"),
            clientRequestID: try parse(
                message.clientRequestID, bytesMax: WireLimits.clientRequestIDBytesMax,
                "client_request_id"))
    }
}

/// - Throws: ``WireError`` for none and for more than ``WireLimits/tempoTxBytesMax``.
private func signedBytes(_ message: PBTempoTxBytes) throws(WireError) -> [UInt8] {
    guard !message.data.isEmpty else { throw WireError("data", .missing) }
    guard message.data.count <= WireLimits.tempoTxBytesMax else {
        throw WireError(
            "data",
            .tooLong(bytes: message.data.count, bytesMax: WireLimits.tempoTxBytesMax))
    }
    return Array(message.data)
}

extension PBSubmitFastPayRequest {
    /// - Throws: ``WireError`` for a message, or a parent in it, that was received malformed.
    init(_ message: SubmitMessage) throws(WireError) {
        switch message {
        case .wellFormed(let request):
            tx = PBFastPayTx(request.transaction)
            var messages: [PBQuorumCertificate] = []
            messages.reserveCapacity(request.parents.count)
            for parent in request.parents {
                switch parent {
                case .parsed(let qc): messages.append(PBQuorumCertificate(qc))
                case .malformed(let reason):
                    throw WireError("parent_qcs", .malformed(reason))
                }
            }
            parentQcs = messages
        case .malformed(let reason):
            throw WireError("tx", .malformed(reason.message))
        }
    }
}

extension PBFastPayTx {
    init(_ transaction: FastPayTransaction) {
        chainID.value = transaction.chainID
        tempoTx.data = Data(transaction.tempoTx)
        if let payment = transaction.intent { intent = PBPaymentIntent(payment) }
        if let payment = transaction.overlayPayment { overlay.payment = PBPaymentIntent(payment) }
        nonce = PBNonce2D(transaction.nonce)
        expiry = PBExpiry(transaction.expiry)
        parentQcHash = Data(transaction.parentQCHash)
        clientRequestID = transaction.clientRequestID
        tempoTxFormat = PBTempoTxFormat(transaction.format)
    }
}
