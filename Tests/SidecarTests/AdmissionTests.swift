import AllegroClient
import AllegroCrypto
import AllegroModels
import AllegroTesting
import AllegroWire
import SidecarCore
import Testing

@testable import Sidecar

/// The checks that need no state, on really signed bytes.
struct AdmissionTests {
    private static let chainID: UInt64 = 1337
    private static let now: UInt64 = 1_800_000_000_000

    private let validators = TestCommittee(seats: 4)
    private let alice: Secp256k1PrivateKey

    init() throws {
        alice = try #require(Secp256k1PrivateKey(bytes: Bytes32(repeating: 0x11).bytes))
    }

    private func payment(
        _ format: TempoTxFormat, _ change: (inout PaymentOrder) -> Void = { _ in }
    ) -> FastPayTransaction {
        var order = PaymentOrder(
            to: DemoState.bob, amount: 10, of: DemoState.asset, format: format,
            nonce: Nonce2D(key: NonceKey(repeating: 7), sequence: 3),
            expiry: .maxBlockHeight(100))
        change(&order)
        return order.signed(by: alice, chainID: Self.chainID)
    }

    private func admit(
        _ transaction: FastPayTransaction, parents: [PresentedQuorumCertificate] = [],
        lane: LanePolicy = .auto
    ) throws(RejectReason) -> AdmittedPayment {
        let admission = Admission(
            chainID: Self.chainID, lane: lane,
            committee: CommitteeDirectory(validators.committee))
        return try admission.admit(
            SubmitRequest(transaction: transaction, parents: parents),
            at: Moment(unixMillis: Self.now, blockHeight: 1))
    }

    private func refusal(
        _ transaction: FastPayTransaction, lane: LanePolicy = .auto
    ) -> RejectReason? {
        do {
            _ = try admit(transaction, lane: lane)
            return nil
        } catch {
            return error
        }
    }

    private static let formats: [TempoTxFormat] = [.evmOpaqueBytesV1, .tempoNativeV1]

    @Test(arguments: formats)
    func whatIsAdmittedIsWhatWasSigned(format: TempoTxFormat) throws {
        let transaction = payment(format)
        let admitted = try admit(transaction)
        #expect(admitted.effects.sender == DemoState.alice)
        #expect(admitted.effects.recipient == DemoState.bob)
        #expect(admitted.effects.amount == 10)
        #expect(admitted.effects.asset == DemoState.asset)
        #expect(admitted.effects.nonce == transaction.nonce)
        #expect(admitted.txHash == transaction.txHash)
        #expect(
            admitted.signedNonce.key
                == (format == .evmOpaqueBytesV1 ? .protocol : NonceKey(repeating: 7)))
    }

    @Test(arguments: formats)
    func anIntentThatDiffersFromTheSignedBytesIsRefused(format: TempoTxFormat) throws {
        let changes: [(String, (inout PaymentIntent) -> Void)] = [
            ("sender", { $0.sender = DemoState.bob }),
            ("recipient", { $0.recipient = DemoState.carol }),
            ("amount", { $0.amount = 9 }),
            ("asset", { $0.asset = DemoState.bob }),
        ]
        for (field, change) in changes {
            var transaction = payment(format)
            var wrong = try #require(transaction.intent)
            change(&wrong)
            transaction.overlayPayment = wrong
            let reason = try #require(refusal(transaction))
            #expect(reason.code == .invalidFormat)
            #expect(reason.message.contains("overlay.payment.\(field)"))
            transaction.overlayPayment = nil
            transaction.intent = wrong
            #expect(refusal(transaction)?.message.contains("intent.\(field)") == true)
        }
        var none = payment(format)
        none.intent = nil
        #expect(refusal(none)?.code == .invalidFormat)
    }

    @Test(arguments: formats)
    func aSequenceOtherThanTheSignedOneIsRefused(format: TempoTxFormat) {
        var transaction = payment(format)
        transaction.nonce.sequence += 1
        #expect(refusal(transaction)?.code == .invalidFormat)
    }

    @Test func aNativePaymentIsBoundToItsSignedKey() {
        var transaction = payment(.tempoNativeV1)
        transaction.nonce.key = NonceKey(repeating: 8)
        #expect(refusal(transaction)?.code == .invalidFormat)
    }

    @Test(arguments: formats)
    func anotherChainIsRefusedInTheEnvelopeAndInTheSignedBytes(format: TempoTxFormat) {
        var transaction = payment(format)
        transaction.chainID = 1
        #expect(refusal(transaction)?.code == .wrongChain)
        var foreign = PaymentOrder(
            to: DemoState.bob, amount: 10, of: DemoState.asset, format: format,
            nonce: transaction.nonce, expiry: transaction.expiry
        ).signed(by: alice, chainID: 4217)
        foreign.chainID = Self.chainID
        #expect(refusal(foreign)?.code == .wrongChain)
    }

    @Test func bytesOfTheOtherFormatAreRefused() {
        for format in Self.formats {
            var transaction = payment(format)
            transaction.format =
                format == .tempoNativeV1 ? .evmOpaqueBytesV1 : .tempoNativeV1
            #expect(refusal(transaction)?.code == .invalidFormat)
        }
    }

    @Test(arguments: [
        (NonceKey(repeating: 0), LanePolicy.auto, false),
        (NonceKey(repeating: 0x5b), .auto, true), (NonceKey(repeating: 0x5b), .subblock, true),
        (NonceKey(repeating: 0x5b), .payment, false), (NonceKey(repeating: 7), .auto, true),
        (NonceKey(repeating: 7), .subblock, false), (NonceKey(repeating: 7), .payment, true),
    ])
    func aNativeKeyIsAllowedOnlyWhereItCanSettle(
        key: NonceKey, lane: LanePolicy, isAllowed: Bool
    ) {
        let reason = refusal(payment(.tempoNativeV1) { $0.nonce.key = key }, lane: lane)
        #expect((reason == nil) == isAllowed)
        #expect(reason == nil || reason?.code == .invalidFormat)
    }

    @Test func transactionsThatAreNoAcceptablePaymentAreRefused() {
        for recipient in [
            DemoState.alice, .zero, DemoState.asset, Address.receivePolicyGuard,
        ] {
            let reason = refusal(payment(.evmOpaqueBytesV1) { $0.recipient = recipient })
            #expect(reason?.code == .notPaymentTx)
        }
        #expect(
            refusal(payment(.evmOpaqueBytesV1) { $0.asset = DemoState.bob })?.code
                == .notPaymentTx)
    }

    /// A native payment with a signed validity window, in seconds.
    private func windowed(
        after: UInt64? = nil, before: UInt64? = nil, expiry: Expiry,
        nonce: Nonce2D = Nonce2D(key: NonceKey(repeating: 7), sequence: 3)
    ) -> FastPayTransaction {
        var transaction = payment(.tempoNativeV1) {
            $0.expiry = expiry
            $0.nonce = nonce
        }
        let signed = TempoTransaction(
            chainID: Self.chainID,
            fees: GasFees(maxPriorityFeePerGas: 0, maxFeePerGas: 1), gasLimit: 1,
            calls: [
                Call(
                    to: DemoState.asset, input: Tip20.transfer(to: DemoState.bob, amount: 10))
            ],
            nonce: transaction.nonce, validBefore: before, validAfter: after)
        let signature = alice.sign(Keccak256.hash(signed.signingPreimage))
        transaction.tempoTx =
            SignedTransaction.tempo(signed, .primitive(.secp256k1(signature))).encoded
        return transaction
    }

    @Test func theSignedWindowMustCoverTheExpiry() {
        let end = Self.now / 1000 + 60
        #expect(refusal(windowed(before: end, expiry: .unixMillis(end * 1000))) == nil)
        #expect(
            refusal(windowed(before: end, expiry: .unixMillis(end * 1000 + 1)))?.code
                == .invalidFormat)
        #expect(
            refusal(windowed(before: end, expiry: .unixMillis(.max)))?.code == .invalidFormat)
        #expect(
            refusal(windowed(before: end, expiry: .maxBlockHeight(100)))?.code
                == .invalidFormat)
        let start = Self.now / 1000
        #expect(refusal(windowed(after: start, expiry: .maxBlockHeight(100))) == nil)
        #expect(
            refusal(windowed(after: start + 1, expiry: .maxBlockHeight(100)))?.code
                == .invalidFormat)
    }

    @Test func theExpiringKeyIsRefusedEvenWhereTheChainWouldTakeIt() {
        let end = Self.now / 1000 + 20
        let reason = refusal(
            windowed(
                before: end, expiry: .unixMillis(end * 1000),
                nonce: Nonce2D(key: .expiring, sequence: 0)))
        #expect(reason?.code == .invalidFormat)
    }

    @Test func theVerdictOnParentsTravelsWithThePayment() throws {
        let other = TestPayment(from: 1, to: 2, amount: 1)
        let good = validators.quorumCertificate(for: other.txHash, other.effects)
        var few = good
        few.certificates.removeLast()
        var claimed = good
        claimed.claimedHash = QCHash(repeating: 9)
        let admitted = try admit(
            payment(.evmOpaqueBytesV1), parents: [.parsed(good)])
        #expect(admitted.parents.verified.map(\.hash) == [good.hash])
        #expect(admitted.parents.problem == nil)
        for bad in [few, claimed] {
            let admitted = try admit(
                payment(.evmOpaqueBytesV1), parents: [.parsed(good), .parsed(bad)])
            #expect(admitted.parents.problem?.message.hasPrefix("parent_qcs[1]") == true)
        }
        let why = "parent_qcs[0].certs[0].signature: 1 byte"
        let malformed = try admit(payment(.evmOpaqueBytesV1), parents: [.malformed(why)])
        #expect(malformed.parents.problem == RejectReason(.invalidParentQC, why))
    }

    @Test func aQuorumCertificateWithoutAPaymentIsVerifiedAlike() throws {
        let other = TestPayment(from: 1, to: 2, amount: 1)
        let good = validators.quorumCertificate(for: other.txHash, other.effects)
        var few = good
        few.certificates.removeLast()
        func verify(
            _ qc: QuorumCertificate, _ directory: CommitteeDirectory
        ) throws(RejectReason) -> VerifiedQuorumCertificate {
            try Admission(chainID: Self.chainID, lane: .auto, committee: directory).verify(qc)
        }
        let complete = CommitteeDirectory(validators.committee)
        #expect(try verify(good, complete).hash == good.hash)
        #expect(
            throws: RejectReason(.invalidParentQC, "qc: 2 members signed, a quorum are 3")
        ) {
            try verify(few, complete)
        }
        // Its signers may be members that have not introduced themselves yet.
        let own = try #require(validators.committee.member(validators.ids[0]))
        let introducing = CommitteeDirectory(introducing: own, epoch: 1, peers: 3)
        #expect(
            throws: RejectReason(.temporaryUnavailable, "qc: 1 members signed, a quorum are 3")
        ) {
            try verify(good, introducing)
        }
    }
}
