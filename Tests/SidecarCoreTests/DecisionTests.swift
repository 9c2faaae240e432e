import AllegroCrypto
import AllegroModels
import AllegroTesting
import SidecarCore
import Testing

/// The decider on a ledger in memory: which payments it certifies and what that changes.
struct DecisionTests {
    private static let alice: UInt8 = 0xa1
    private static let bob: UInt8 = 0xb0
    private static let carol: UInt8 = 0xca

    private let core = SidecarCore(epoch: 1, seats: 4)
    private let validators = TestCommittee(seats: 4)
    private let moment = Moment(unixMillis: 5_000, blockHeight: 10)

    private func ledger(alice amount: UInt128 = 15) -> MemoryLedger {
        MemoryLedger(base: BaseState(balances: [account(Self.alice): amount]))
    }

    private func account(_ byte: UInt8) -> AccountAsset {
        AccountAsset(account: Address(repeating: byte), asset: TestPayment.asset)
    }

    /// Decides and applies, as the shell does.
    private func certify(
        _ payment: TestPayment, on ledger: inout MemoryLedger
    ) throws -> OwnCertificate {
        switch try core.decide(payment.admitted, at: moment, on: ledger) {
        case .certify(let certification):
            ledger.apply(certification.changes)
            return certification.certificate
        case .refuse(let reason, _), .wait(_, let reason): throw reason
        }
    }

    private func refusal(
        of payment: TestPayment, on ledger: MemoryLedger
    ) throws -> RejectReason? {
        switch try core.decide(payment.admitted, at: moment, on: ledger) {
        case .certify: nil
        case .refuse(let reason, _), .wait(_, let reason): reason
        }
    }

    private func learn(_ payment: TestPayment, on ledger: inout MemoryLedger) throws {
        let lesson = try core.learn(validators.verified(for: payment), on: ledger)
        if case .confirmed(let changes, _) = lesson { ledger.apply(changes) }
    }

    private let aliceToBob = TestPayment(from: alice, to: bob, amount: 10)
    private let bobToCarol = TestPayment(from: bob, to: carol, amount: 10)

    // MARK: Guard

    @Test func aCertificateIsNeverIssuedTwiceForOneContentionKey() throws {
        var ledger = ledger()
        let certificate = try certify(aliceToBob, on: &ledger)
        let rivals = [
            aliceToBob.with { $0.recipient = Address(repeating: Self.carol) },
            aliceToBob.with { $0.amount = 9 },
            aliceToBob.with { $0.asset = Address(repeating: 0x21) },
            aliceToBob.with { $0.salt = 1 },
        ]
        for rival in rivals {
            let reason = try #require(try refusal(of: rival, on: ledger))
            #expect(reason.code == .equivocation)
            #expect(reason.message.contains(certificate.txHash.description))
        }
    }

    @Test func theSamePaymentIsAnsweredWithTheSameCertificateEvenAfterExpiry() throws {
        var ledger = ledger()
        let first = try certify(aliceToBob, on: &ledger)
        let before = ledger.overlays
        let late = Moment(unixMillis: 9_000_000, blockHeight: 1_000)
        guard
            case .certify(let again) = try core.decide(aliceToBob.admitted, at: late, on: ledger)
        else {
            Issue.record("the retry was refused")
            return
        }
        #expect(again.certificate == first)
        #expect(again.changes.isEmpty)
        #expect(ledger.overlays == before)
    }

    @Test func anotherEnvelopeIsCertifiedWithoutMovingMoneyAgain() throws {
        var ledger = ledger()
        let first = try certify(aliceToBob, on: &ledger)
        let before = ledger.overlays
        for envelope in UInt8(1)...10 {
            let other = try certify(aliceToBob.with { $0.envelope = envelope }, on: &ledger)
            #expect(other.txHash != first.txHash)
            #expect(other.createdUnixMillis == first.createdUnixMillis)
        }
        #expect(ledger.overlays == before)
        #expect(ledger.ownCertificates.count == core.envelopesPerPaymentMax)
    }

    @Test func anEthereumPaymentIsRefusedUnderAnotherDeclaredKey() throws {
        var ledger = ledger()
        let payment = aliceToBob.with { $0.isEthereum = true }
        _ = try certify(payment, on: &ledger)
        for key: UInt8 in [0, 8, 0x5b] {
            let moved = payment.with { $0.nonce.key = NonceKey(repeating: key) }
            #expect(try refusal(of: moved, on: ledger)?.code == .equivocation)
        }
    }

    @Test func anEthereumPaymentAndANativeOneNeverShareASlot() throws {
        var ledger = ledger()
        _ = try certify(aliceToBob.with { $0.isEthereum = true }, on: &ledger)
        #expect(try refusal(of: aliceToBob, on: ledger)?.code == .equivocation)
    }

    // MARK: Order

    @Test func sequencesAreCertifiedInOrderOnly() throws {
        var ledger = ledger()
        let second = aliceToBob.with {
            $0.nonce.sequence = 1; $0.amount = 1
        }
        #expect(try refusal(of: second, on: ledger)?.code == .nonceSeqTooHigh)
        _ = try certify(aliceToBob, on: &ledger)
        #expect(try refusal(of: second, on: ledger)?.code == .temporaryUnavailable)
        try learn(aliceToBob, on: &ledger)
        _ = try certify(second, on: &ledger)
    }

    @Test func aSettledSequenceIsTooLowAndTheNextNeedsNoQuorumCertificate() throws {
        var ledger = ledger()
        ledger.base.sequences[aliceToBob.slot.lane] = 5
        #expect(
            try refusal(of: aliceToBob.with { $0.nonce.sequence = 4 }, on: ledger)?.code
                == .nonceSeqTooLow)
        _ = try certify(aliceToBob.with { $0.nonce.sequence = 5 }, on: &ledger)
    }

    @Test func theQuorumCertificateOfThePaymentBeforeCanComeWithTheNext() throws {
        var ledger = ledger()
        _ = try certify(aliceToBob, on: &ledger)
        let second = aliceToBob.with {
            $0.nonce.sequence = 1
            $0.amount = 1
            $0.parents.verified = [validators.verified(for: aliceToBob)]
        }
        _ = try certify(second, on: &ledger)
        #expect(ledger.slots[aliceToBob.slot]?.confirmed != nil)
    }

    @Test(arguments: [false, true])
    func aValidatorThatMissedAPaymentSignsTheNextOnceItHoldsEveryQuorumCertificate(
        isEthereum: Bool
    ) throws {
        var ledger = ledger()
        let payments = (0..<3).map { sequence in
            aliceToBob.with {
                $0.isEthereum = isEthereum
                $0.amount = 1
                $0.nonce.sequence = UInt64(sequence)
            }
        }
        try learn(payments[1], on: &ledger)
        // Sequence 0 is missing: its debit is unknown, so nothing behind it may be signed.
        #expect(try refusal(of: payments[2], on: ledger)?.code == .nonceSeqTooHigh)
        try learn(payments[0], on: &ledger)
        _ = try certify(payments[2], on: &ledger)
        #expect(ledger.available(of: account(Self.alice)) == 12)
    }

    @Test func nothingIsSignedBehindARivalWhoseOutcomeIsUnknown() throws {
        var ledger = ledger()
        let payments = (0..<3).map { sequence in
            aliceToBob.with {
                $0.amount = 1
                $0.nonce.sequence = UInt64(sequence)
            }
        }
        // Another payment took sequence 0 elsewhere; here a rival of it was signed.
        _ = try certify(payments[0].with { $0.salt = 1 }, on: &ledger)
        try learn(payments[1], on: &ledger)
        #expect(try refusal(of: payments[2], on: ledger)?.code == .temporaryUnavailable)
        try learn(payments[0], on: &ledger)
        _ = try certify(payments[2], on: &ledger)
    }

    @Test func aPaymentThatWasAdoptedIsStillCertifiedWhenItsBytesCome() throws {
        var ledger = ledger()
        let payments = (0..<3).map { sequence in
            aliceToBob.with {
                $0.isEthereum = true
                $0.amount = 1
                $0.nonce.sequence = UInt64(sequence)
            }
        }
        try learn(payments[0], on: &ledger)
        try learn(payments[1], on: &ledger)
        _ = try certify(payments[2], on: &ledger)
        let before = ledger.overlays
        _ = try certify(payments[0], on: &ledger)
        _ = try certify(payments[1], on: &ledger)
        #expect(ledger.overlays == before)
    }

    @Test func aDeclaredKeyStandsForOneKindOfPayment() throws {
        var ledger = ledger()
        ledger.base.sequences[aliceToBob.slot.lane] = 5
        _ = try certify(
            aliceToBob.with {
                $0.nonce.sequence = 5
                $0.amount = 1
            }, on: &ledger)
        let ethereum = aliceToBob.with {
            $0.isEthereum = true
            $0.amount = 1
        }
        #expect(try refusal(of: ethereum, on: ledger)?.code == .invalidFormat)
        let other = ethereum.with { $0.nonce.key = NonceKey(repeating: 9) }
        _ = try certify(other, on: &ledger)
        ledger.base.sequences[other.slot.lane] = 3
        let native = other.with {
            $0.isEthereum = false
            $0.nonce.sequence = 3
        }
        #expect(try refusal(of: native, on: ledger)?.code == .invalidFormat)
    }

    // MARK: Balances

    @Test func aPaymentBeyondTheBalanceIsRefusedAndStoresNothing() throws {
        let ledger = ledger(alice: 9)
        let reason = try #require(try refusal(of: aliceToBob, on: ledger))
        #expect(reason.code == .insufficientFunds)
        #expect(reason.message.contains("available 9, needed 10"))
    }

    @Test func aQuorumCertificateMakesItsCreditSpendableAtOnce() throws {
        var ledger = ledger()
        #expect(try refusal(of: bobToCarol, on: ledger)?.code == .insufficientFunds)
        let parent = validators.verified(for: aliceToBob)
        _ = try certify(
            bobToCarol.with {
                $0.parents.verified = [parent]
                $0.parentQCHash = parent.hash
            }, on: &ledger)
        #expect(ledger.available(of: account(Self.alice)) == 5)
        #expect(ledger.available(of: account(Self.bob)) == 0)
    }

    @Test func aCreditEntersOncePerPaymentWhateverQuorumCertificateShowsIt() throws {
        var ledger = ledger()
        _ = try certify(aliceToBob, on: &ledger)
        let others = [
            validators.verified(for: aliceToBob, by: Array(validators.ids.suffix(3))),
            validators.verified(for: aliceToBob, by: validators.ids),
            validators.verified(for: aliceToBob.with { $0.envelope = 1 }),
        ]
        try learn(aliceToBob, on: &ledger)
        for other in others {
            guard case .confirmed(let changes, let slots) = try core.learn(other, on: ledger)
            else { continue }
            #expect(slots.isEmpty)
            ledger.apply(changes)
        }
        #expect(ledger.available(of: account(Self.bob)) == 10)
        #expect(ledger.available(of: account(Self.alice)) == 5)
    }

    @Test func severalParentsAddUp() throws {
        var ledger = MemoryLedger(
            base: BaseState(balances: [account(Self.alice): 6, account(Self.carol): 6]))
        let parents = [
            TestPayment(from: Self.alice, to: Self.bob, amount: 6),
            TestPayment(from: Self.carol, to: Self.bob, amount: 6),
        ].map { validators.verified(for: $0) }
        _ = try certify(
            TestPayment(from: Self.bob, to: 0xdd, amount: 12).with {
                $0.parents.verified = parents
            }, on: &ledger)
        #expect(ledger.available(of: account(Self.bob)) == 0)
    }

    @Test func paymentsUnderSeveralKeysTakeNoMoreThanTheShareThatIsSafe() throws {
        // Two thirds of 15 in a committee of four; under one key all of it.
        var ledger = ledger()
        _ = try certify(aliceToBob.with { $0.amount = 4 }, on: &ledger)
        let other = aliceToBob.with {
            $0.nonce.key = NonceKey(repeating: 8)
            $0.amount = 7
        }
        #expect(try refusal(of: other, on: ledger)?.code == .insufficientFunds)
        _ = try certify(other.with { $0.amount = 6 }, on: &ledger)
        try learn(aliceToBob.with { $0.amount = 4 }, on: &ledger)
        #expect(
            try refusal(
                of: aliceToBob.with {
                    $0.amount = 1
                    $0.nonce.sequence = 1
                }, on: ledger)?.code == .insufficientFunds)
        var sameKey = self.ledger()
        _ = try certify(aliceToBob.with { $0.amount = 15 }, on: &sameKey)
    }

    @Test func aRivalWithAQuorumCertificateReleasesOurDebitAndNothingThirdIsSigned() throws {
        var ledger = ledger()
        _ = try certify(aliceToBob, on: &ledger)
        let rival = aliceToBob.with {
            $0.recipient = Address(repeating: Self.carol)
            $0.amount = 3
        }
        try learn(rival, on: &ledger)
        #expect(ledger.available(of: account(Self.alice)) == 12)
        #expect(ledger.available(of: account(Self.bob)) == 0)
        #expect(ledger.available(of: account(Self.carol)) == 3)
        #expect(try refusal(of: rival, on: ledger)?.code == .equivocation)
        #expect(
            try refusal(of: aliceToBob.with { $0.salt = 9 }, on: ledger)?.code == .equivocation)
        // What was signed can be asked for again: the signature is out already.
        _ = try certify(aliceToBob, on: &ledger)
        #expect(ledger.available(of: account(Self.alice)) == 12)
    }

    @Test func aPaymentLearnedFromItsQuorumCertificateIsStillCertified() throws {
        var ledger = ledger()
        try learn(aliceToBob, on: &ledger)
        let before = ledger.overlays
        _ = try certify(aliceToBob, on: &ledger)
        #expect(ledger.overlays == before)
        #expect(
            try refusal(of: aliceToBob.with { $0.amount = 1 }, on: ledger)?.code
                == .equivocation)
    }

    @Test func contradictingQuorumCertificatesAreReportedAndChangeNothing() throws {
        var ledger = ledger()
        try learn(aliceToBob, on: &ledger)
        let other = aliceToBob.with { $0.amount = 1 }
        guard
            case .conflict(let conflict) = try core.learn(
                validators.verified(for: other), on: ledger)
        else {
            Issue.record("the conflict went unnoticed")
            return
        }
        #expect(
            conflict
                == QuorumConflict(
                    slot: aliceToBob.slot, known: aliceToBob.txHash, other: other.txHash))
    }

    // MARK: Parents, expiry, requests

    @Test func aParentThatContradictsAKnownQuorumCertificateRefusesThePayment() throws {
        var ledger = ledger()
        try learn(aliceToBob, on: &ledger)
        let rival = aliceToBob.with { $0.amount = 1 }
        let showing = TestPayment(from: Self.bob, to: Self.carol, amount: 1).with {
            $0.parents.verified = [validators.verified(for: rival)]
        }
        guard
            case .refuse(let reason, .conflict(let conflict)) = try core.decide(
                showing.admitted, at: moment, on: ledger)
        else {
            Issue.record("the conflict went unnoticed")
            return
        }
        #expect(reason.code == .invalidParentQC)
        #expect(
            conflict
                == QuorumConflict(
                    slot: aliceToBob.slot, known: aliceToBob.txHash, other: rival.txHash))
        _ = try certify(showing.with { $0.parents.verified = [] }, on: &ledger)
    }

    @Test(
        arguments: [
            (4, 16, 10), (4, 17, 11), (7, 16, 9), (7, 17, 10), (10, 15, 8), (10, 16, 9),
        ] as [(Int, UInt128, UInt64)])
    func theShareOfSeveralKeysIsRoundedDown(seats: Int, base: UInt128, most: UInt64) throws {
        let core = SidecarCore(epoch: 1, seats: seats)
        let facts = ledger(alice: base)
        for (amount, isSigned) in [(most - 1, true), (most, false)] {
            var ledger = facts
            let first = aliceToBob.with { $0.amount = 1 }
            guard
                case .certify(let certification) = try core.decide(
                    first.admitted, at: moment, on: ledger)
            else {
                Issue.record("there is enough for the first")
                return
            }
            ledger.apply(certification.changes)
            let second = first.with {
                $0.nonce.key = NonceKey(repeating: 8)
                $0.amount = amount
            }
            switch try core.decide(second.admitted, at: moment, on: ledger) {
            case .certify: #expect(isSigned)
            case .refuse(let reason, _), .wait(_, let reason):
                #expect(!isSigned)
                #expect(reason.code == .insufficientFunds)
            }
        }
    }

    @Test func aParentMustBePresentedOrKnown() throws {
        var ledger = ledger()
        let parent = validators.verified(for: TestPayment(from: 1, to: 2, amount: 1))
        let payment = aliceToBob.with {
            $0.amount = 5
            $0.parentQCHash = parent.hash
        }
        #expect(try refusal(of: payment, on: ledger)?.code == .missingParentQC)
        _ = try certify(payment.with { $0.parents.verified = [parent] }, on: &ledger)
        _ = try certify(
            TestPayment(from: Self.alice, to: Self.bob, amount: 1, key: 9).with {
                $0.parentQCHash = parent.hash
            }, on: &ledger)
    }

    @Test func aParentThatDoesNotVerifyRefusesThePayment() throws {
        let payment = aliceToBob.with {
            $0.parents.problem = RejectReason(.invalidParentQC, "parent_qcs[0]: forged")
        }
        let reason = try #require(try refusal(of: payment, on: ledger()))
        #expect(reason == RejectReason(.invalidParentQC, "parent_qcs[0]: forged"))
    }

    @Test(arguments: [
        (Expiry.maxBlockHeight(10), true), (.maxBlockHeight(11), false),
        (.unixMillis(5_000), true), (.unixMillis(5_001), false),
    ])
    func aPaymentIsExpiredOnceItsBoundIsReached(expiry: Expiry, isExpired: Bool) throws {
        let reason = try refusal(of: aliceToBob.with { $0.expiry = expiry }, on: ledger())
        #expect((reason?.code == .expired) == isExpired)
    }

    @Test func aClientRequestIDStaysWithItsPayment() throws {
        var ledger = ledger()
        let payment = aliceToBob.with { $0.clientRequestID = "order 7" }
        _ = try certify(payment, on: &ledger)
        _ = try certify(payment.with { $0.envelope = 1 }, on: &ledger)
        let other = TestPayment(from: Self.alice, to: Self.bob, amount: 1, key: 9)
        #expect(
            try refusal(of: other.with { $0.clientRequestID = "order 7" }, on: ledger)?.code
                == .invalidFormat)
        // The name is the sender's own; other senders have theirs.
        try learn(TestPayment(from: Self.alice, to: Self.bob, amount: 1, key: 3), on: &ledger)
        _ = try certify(
            TestPayment(from: Self.bob, to: Self.carol, amount: 1).with {
                $0.clientRequestID = "order 7"
            }, on: &ledger)
    }
}
