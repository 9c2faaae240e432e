import AllegroModels
import AllegroWire

// Each value twice: as the models have it, and as protobuf written by hand from the protocol's
// table. Every field differs from every other one, so that an exchange of two cannot go unseen.

enum Sample {
    static let intent = PaymentIntent(
        sender: Address(repeating: 0x01), recipient: Address(repeating: 0x02), amount: 10,
        asset: Address(repeating: 0x03))

    static let transaction = FastPayTransaction(
        chainID: 1337, tempoTx: Array("tempo:transfer:alice:bob:10".utf8),
        format: .tempoNativeV1, intent: intent,
        overlayPayment: PaymentIntent(
            sender: Address(repeating: 0x04), recipient: Address(repeating: 0x05),
            amount: .max, asset: Address(repeating: 0x06)),
        nonce: Nonce2D(key: NonceKey(repeating: 0x5b), sequence: 7), expiry: .maxBlockHeight(99),
        parentQCHash: QCHash(repeating: 0x11), clientRequestID: "größe-1")

    static let effects = Effects(
        sender: Address(repeating: 0x07), recipient: Address(repeating: 0x08), amount: 300,
        asset: Address(repeating: 0x09),
        nonce: Nonce2D(key: NonceKey(repeating: 0x0a), sequence: 8))

    static let certificate = Certificate(
        signer: ValidatorReference(
            id: ValidatorID(repeating: 0xd1), publicKey: ValidatorPublicKey(repeating: 0x41),
            name: "Dave"),
        txHash: TxHash(repeating: 0x21), effectsHash: EffectsHash(repeating: 0x22),
        effects: effects, signature: Ed25519Signature(repeating: 0xaa), createdUnixMillis: 1000,
        epoch: 42)

    /// As validators send it that leave out the key, the name and the epoch.
    static let bareCertificate = Certificate(
        signer: ValidatorReference(id: ValidatorID(repeating: 0xe1)),
        txHash: TxHash(repeating: 0x21), effectsHash: EffectsHash(repeating: 0x22),
        effects: effects, signature: Ed25519Signature(repeating: 0xbb), createdUnixMillis: 0,
        epoch: 0)

    static let qc = QuorumCertificate(
        txHash: TxHash(repeating: 0x21), effectsHash: EffectsHash(repeating: 0x22),
        certificates: [certificate, bareCertificate], threshold: 2,
        claimedHash: QCHash(repeating: 0x23))

    static let submit = SubmitMessage.wellFormed(
        SubmitRequest(transaction: transaction, parents: [.parsed(qc)]))

    static let reason = RejectReason(.equivocation, "nonce 7 belongs to another payment")

    static let lifecycle = LifecycleUpdate(
        txHash: TxHash(repeating: 0x24), stage: .queuedOnchain, unixMillis: 2000, blockHeight: 12)

    static let info = ValidatorInfo(
        validator: ValidatorIdentity(
            id: ValidatorID(repeating: 0xd1), publicKey: ValidatorPublicKey(repeating: 0x41),
            name: "Dave"),
        gossipPeers: ["http://127.0.0.1:50052", "http://127.0.0.1:50053"])

    static let head = ChainHead(
        blockHeight: 17, blockHash: Bytes32(repeating: 0x25), unixMillis: 1_700_000_000_123)

    static let fanout = FanoutResponse(
        txHash: TxHash(repeating: 0x21), effectsHash: EffectsHash(repeating: 0x22),
        certificates: [certificate],
        rejects: [
            ValidatorReject(
                validator: ValidatorReference(id: ValidatorID(repeating: 0xe1), name: "Edgar"),
                reason: reason)
        ],
        thresholdMet: true)

    static let status = TxStatus(
        txHash: TxHash(repeating: 0x21), certificates: [certificate],
        qcHash: QCHash(repeating: 0x23), stage: .included, observedBlockHeight: 18,
        lastUpdatedUnixMillis: 3000)
}

enum HandBuilt {
    static func address(_ byte: UInt8) -> ProtobufTree {
        .message([(1, .bytes(byte, count: 20))])
    }

    static func nonce(_ byte: UInt8, _ sequence: UInt64) -> ProtobufTree {
        .message([(1, .bytes(byte, count: 32)), (2, .varint(sequence))])
    }

    static func intent(_ first: UInt8, amount: UInt64) -> ProtobufTree {
        .message([
            (1, address(first)), (2, address(first + 1)), (3, .varint(amount)),
            (4, address(first + 2)),
        ])
    }

    static let transaction = ProtobufTree.message([
        (1, .message([(1, .varint(1337))])),
        (2, .message([(1, .text("tempo:transfer:alice:bob:10"))])),
        (3, intent(0x01, amount: 10)),
        (4, nonce(0x5b, 7)),
        (5, .message([(1, .varint(99))])),
        (6, .bytes(0x11, count: 32)),
        (7, .text("größe-1")),
        (8, .varint(2)),
        (9, .message([(1, intent(0x04, amount: .max))])),
    ])

    static let effects = ProtobufTree.message([
        (1, address(0x07)), (2, address(0x08)), (3, .varint(300)), (4, address(0x09)),
        (5, nonce(0x0a, 8)),
    ])

    static let signer = ProtobufTree.message([
        (1, .text("Dave")), (2, .bytes(0xd1, count: 32)), (3, .bytes(0x41, count: 32)),
    ])

    static let certificate = ProtobufTree.message([
        (1, signer),
        (2, .bytes(0x21, count: 32)),
        (3, .bytes(0x22, count: 32)),
        (4, effects),
        (5, .bytes(0xaa, count: 64)),
        (6, .varint(1000)),
        (7, .varint(42)),
    ])

    static let bareCertificate = ProtobufTree.message([
        (1, .message([(2, .bytes(0xe1, count: 32))])),
        (2, .bytes(0x21, count: 32)),
        (3, .bytes(0x22, count: 32)),
        (4, effects),
        (5, .bytes(0xbb, count: 64)),
    ])

    static let qc = ProtobufTree.message([
        (1, .bytes(0x21, count: 32)), (2, .bytes(0x22, count: 32)), (3, certificate),
        (3, bareCertificate), (4, .varint(2)), (5, .bytes(0x23, count: 32)),
    ])

    static let submit = ProtobufTree.message([(1, transaction), (2, qc)])

    static let reason = ProtobufTree.message([
        (1, .varint(7)), (2, .text("nonce 7 belongs to another payment")),
    ])

    static let lifecycle = ProtobufTree.message([
        (1, .bytes(0x24, count: 32)), (2, .varint(3)), (3, .varint(2000)), (4, .varint(12)),
    ])

    static let boardRequest = ProtobufTree.message([
        (1, .bytes(0x21, count: 32)), (3, .varint(4000)), (4, .varint(50)),
        (5, .text("00000000000000ab00000000000000cd")),
    ])

    static let board = ProtobufTree.message([
        (1, certificate), (1, bareCertificate), (2, .text("00000000000000ab00000000000000cf")),
    ])

    static let info = ProtobufTree.message([
        (1, signer), (2, .text("http://127.0.0.1:50052")), (2, .text("http://127.0.0.1:50053")),
    ])

    static let head = ProtobufTree.message([
        (1, .varint(17)), (2, .bytes(0x25, count: 32)), (3, .varint(1_700_000_000_123)),
    ])

    static let fanout = ProtobufTree.message([
        (1, .bytes(0x21, count: 32)), (2, .bytes(0x22, count: 32)), (3, certificate),
        (
            4,
            .message([
                (1, .message([(1, .text("Edgar")), (2, .bytes(0xe1, count: 32))])), (2, reason),
            ])
        ),
        (5, .varint(1)),
    ])

    static let qcRequest = ProtobufTree.message([
        (1, .bytes(0x21, count: 32)), (2, .bytes(0x22, count: 32)), (3, .varint(2)),
    ])

    static let status = ProtobufTree.message([
        (1, .bytes(0x21, count: 32)), (2, certificate), (3, .varint(1)),
        (4, .bytes(0x23, count: 32)), (5, .varint(4)), (6, .varint(18)), (7, .varint(3000)),
    ])
}
