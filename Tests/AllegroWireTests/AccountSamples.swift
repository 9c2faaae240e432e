import AllegroModels
import AllegroWire

// The samples of ConfirmFastPay and GetAccount, made as those of the other messages are.

extension Sample {
    static let confirmed = ConfirmedPayment(
        txHash: TxHash(repeating: 0x31), effects: effects, qcHash: QCHash(repeating: 0x32),
        stage: .certified, nextSequence: 9)

    static let position = AccountPosition(
        asset: Address(repeating: 0x33), key: NonceKey(repeating: 0x34),
        payment: Nonce2D(key: NonceKey(repeating: 0x35), sequence: 0x0102_0304_0506_0708))

    static let account = AccountPage(
        balances: [
            AccountBalance(
                asset: Address(repeating: 0x36), base: .max, credits: 1 << 64, debits: 0x0102,
                available: 0xa0b0 << 112)
        ],
        nonces: [NonceProgress(key: NonceKey(repeating: 0x37), next: 6, confirmed: 5)],
        payments: [
            UnsettledPayment(
                txHash: TxHash(repeating: 0x38), effects: effects, stage: .certified,
                qcHash: QCHash(repeating: 0x39), createdUnixMillis: 7000),
            UnsettledPayment(
                txHash: TxHash(repeating: 0x3a), effects: effects, stage: .accepted, qcHash: nil,
                createdUnixMillis: 0),
        ],
        nextCursor: position.cursor)
}

extension HandBuilt {
    static let confirmed = ProtobufTree.message([
        (1, .bytes(0x31, count: 32)), (2, effects), (3, .bytes(0x32, count: 32)), (4, .varint(2)),
        (5, .varint(9)),
    ])

    static let cursor = ProtobufTree.text(
        "07" + String(repeating: "33", count: 20) + String(repeating: "34", count: 32)
            + String(repeating: "35", count: 32) + "0102030405060708")

    static let accountRequest = ProtobufTree.message([
        (1, address(0x07)), (2, .bytes(0x0a, count: 32)), (3, .varint(50)), (4, cursor),
    ])

    static let account = ProtobufTree.message([
        (
            1,
            .message([
                (1, address(0x36)),
                (2, .bytes(0xff, count: 16)),
                (3, .bytes([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])),
                (4, .bytes([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2])),
                (5, .bytes([0xa0, 0xb0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
            ])
        ),
        (2, .message([(1, .bytes(0x37, count: 32)), (2, .varint(6)), (3, .varint(5))])),
        (
            3,
            .message([
                (1, .bytes(0x38, count: 32)), (2, effects), (3, .varint(2)),
                (4, .bytes(0x39, count: 32)), (5, .varint(7000)),
            ])
        ),
        (3, .message([(1, .bytes(0x3a, count: 32)), (2, effects), (3, .varint(1))])),
        (4, cursor),
    ])
}
