import AllegroCrypto
import AllegroModels
import Testing

/// Rule S5: a quorum certificate counts only if it verifies here.
struct QuorumCertificateTests {
    private let four: TestCommittee
    private let chainID = TestCommittee.chainID

    init() throws { four = try TestCommittee(count: 4) }

    private func verified(
        _ quorumCertificate: QuorumCertificate
    ) throws(QuorumCertificateError) -> VerifiedQuorumCertificate {
        try quorumCertificate.verified(chainID: chainID, committee: four.committee)
    }

    @Test(arguments: 1...10 as ClosedRange<UInt8>)
    func exactlyAQuorumIsEnough(count: UInt8) throws {
        let sample = try TestCommittee(count: count)
        let quorum = UInt8(sample.committee.quorum)
        let enough = try sample.quorumCertificate(by: 1...quorum)
        #expect(
            try enough.verified(chainID: chainID, committee: sample.committee).signerCount
                == quorum)
        let tooFew = try sample.quorumCertificate(by: (1...quorum).dropLast())
        #expect(
            throws: QuorumCertificateError.tooFewSigners(
                count: Int(quorum) - 1, quorum: Int(quorum))
        ) {
            try tooFew.verified(chainID: chainID, committee: sample.committee)
        }
    }

    @Test func theMakersThresholdDecidesNothing() throws {
        var quorumCertificate = try four.quorumCertificate(by: [1, 2])
        for threshold in [0, 1, 2, .max] as [UInt32] {
            quorumCertificate.threshold = threshold
            #expect(throws: QuorumCertificateError.tooFewSigners(count: 2, quorum: 3)) {
                try verified(quorumCertificate)
            }
        }
        var enough = try four.quorumCertificate(by: [1, 2, 3])
        enough.threshold = .max
        #expect(try verified(enough).signerCount == 3)
    }

    @Test func strangersAreIgnoredAndEnterTheHash() throws {
        let plain = try four.quorumCertificate(by: [1, 2, 3])
        var mixed = plain
        // A stranger's certificate may say anything: it is not looked at.
        var stranger = try four.certificate(by: 200, txHash: TxHash(repeating: 9))
        stranger.signature = Ed25519Signature(repeating: 0)
        mixed.certificates.insert(stranger, at: 1)
        let verified = try verified(mixed)
        #expect(verified.signerCount == 3)
        #expect(verified.certificates.map(\.signer.id) == plain.certificates.map(\.signer.id))
        #expect(verified.hash == mixed.hash)
        #expect(verified.hash != plain.hash)
        var padded = try four.quorumCertificate(by: [1, 2])
        padded.certificates.append(stranger)
        #expect(throws: QuorumCertificateError.tooFewSigners(count: 2, quorum: 3)) {
            try self.verified(padded)
        }
    }

    @Test(arguments: [1, 200] as [UInt8])
    func aSecondCertificateOfOneSignerRefusesTheWhole(number: UInt8) throws {
        var quorumCertificate = try four.quorumCertificate(by: [1, 2, 3, 4, 200])
        quorumCertificate.certificates.append(try four.certificate(by: number))
        #expect(throws: QuorumCertificateError.duplicateSigner(ValidatorID(repeating: number))) {
            try verified(quorumCertificate)
        }
    }

    @Test func aMembersWrongSignatureRefusesTheWhole() throws {
        var quorumCertificate = try four.quorumCertificate(by: [1, 2, 3, 4])
        quorumCertificate.certificates[2].signature = quorumCertificate.certificates[1].signature
        #expect(
            throws: QuorumCertificateError.certificate(
                .badSignature(quorumCertificate.certificates[2].signer.id))
        ) {
            try verified(quorumCertificate)
        }
    }

    @Test func aSignatureForAnotherChainOrEpochIsWorthNothing() throws {
        let three = ValidatorID(repeating: 3)
        for wrong in [
            try four.certificate(by: 3, chainID: chainID + 1),
            try four.certificate(by: 3, epoch: four.committee.epoch + 1),
        ] {
            var quorumCertificate = try four.quorumCertificate(by: [1, 2])
            quorumCertificate.certificates.append(wrong)
            let error: CertificateError =
                four.committee.covers(epoch: wrong.epoch)
                ? .badSignature(three) : .otherEpoch(wrong.epoch)
            #expect(throws: QuorumCertificateError.certificate(error)) {
                try verified(quorumCertificate)
            }
            // Nor does it help to hide the epoch.
            quorumCertificate.certificates[2].epoch = 0
            #expect(throws: QuorumCertificateError.certificate(.badSignature(three))) {
                try verified(quorumCertificate)
            }
        }
    }

    @Test func anEpochLeftOutMeansTheCurrentOne() throws {
        var quorumCertificate = try four.quorumCertificate(by: [1, 2, 3])
        for index in quorumCertificate.certificates.indices {
            quorumCertificate.certificates[index].epoch = 0
        }
        #expect(try verified(quorumCertificate).signerCount == 3)
    }

    @Test func aMembersCertificateForAnotherPaymentRefusesTheWhole() throws {
        var otherEffects = TestCommittee.effects
        otherEffects.amount += 1
        for other in [
            try four.certificate(by: 4, txHash: TxHash(repeating: 9)),
            try four.certificate(by: 4, effects: otherEffects),
        ] {
            var quorumCertificate = try four.quorumCertificate(by: [1, 2, 3])
            quorumCertificate.certificates.append(other)
            #expect(
                throws: QuorumCertificateError.otherPayment(ValidatorID(repeating: 4))
            ) {
                try verified(quorumCertificate)
            }
        }
    }

    @Test func aSummaryThatIsNotWhatWasSignedRefusesTheWhole() throws {
        var quorumCertificate = try four.quorumCertificate(by: [1, 2, 3])
        for index in quorumCertificate.certificates.indices {
            var changed = quorumCertificate
            changed.certificates[index].effects.recipient = Address(repeating: 0xee)
            #expect(throws: QuorumCertificateError.certificate(.effectsDiffer)) {
                try verified(changed)
            }
        }
        // The same lie everywhere, with its own hash, is not what was signed either.
        for index in quorumCertificate.certificates.indices {
            quorumCertificate.certificates[index].effects.amount = .max
        }
        let lie = quorumCertificate.certificates[0].effects.hash
        quorumCertificate.effectsHash = lie
        for index in quorumCertificate.certificates.indices {
            quorumCertificate.certificates[index].effectsHash = lie
        }
        #expect(
            throws: QuorumCertificateError.certificate(.badSignature(ValidatorID(repeating: 1)))
        ) {
            try verified(quorumCertificate)
        }
    }

    @Test func aClaimedHashMustBeTheOwn() throws {
        var quorumCertificate = try four.quorumCertificate(by: [1, 2, 3])
        quorumCertificate.claimedHash = quorumCertificate.hash
        #expect(try verified(quorumCertificate).hash == quorumCertificate.hash)
        quorumCertificate.claimedHash = QCHash(repeating: 0)
        #expect(throws: QuorumCertificateError.claimedHashDiffers) {
            try verified(quorumCertificate)
        }
    }

    @Test func moreCertificatesThanTheBoundAreNotLookedAt() throws {
        let stranger = try four.certificate(by: 200)
        var quorumCertificate = try four.quorumCertificate(by: [1, 2, 3])
        for number in 0..<13 {
            var one = stranger
            let id = [UInt8](repeating: 0xee, count: 31) + [UInt8(number)]
            one.signer.id = try #require(ValidatorID(bytes: id))
            quorumCertificate.certificates.append(one)
        }
        #expect(try verified(quorumCertificate).signerCount == 3)
        quorumCertificate.certificates.append(stranger)
        #expect(throws: QuorumCertificateError.tooManyCertificates(count: 17, countMax: 16)) {
            try verified(quorumCertificate)
        }
    }

    @Test func theKeyThatABearerGivesDecidesNothing() throws {
        // A stranger signs as member 3 and sends its own key along.
        let stranger = try ValidatorSigningKey(seed: Bytes32(repeating: 0xaa))
        var forged = try four.certificate(by: 3)
        forged.signer.publicKey = stranger.publicKey
        #expect(throws: Never.self) {
            try forged.verify(chainID: chainID, committee: four.committee)
        }
        forged.signature = stranger.signCertificate(
            chainID: chainID, epoch: forged.epoch, txHash: forged.txHash,
            effectsHash: forged.effectsHash)
        #expect(throws: CertificateError.badSignature(ValidatorID(repeating: 3))) {
            try forged.verify(chainID: chainID, committee: four.committee)
        }
    }

    @Test func aStrangersCertificateDoesNotVerify() throws {
        let stranger = try four.certificate(by: 200)
        #expect(throws: CertificateError.notAMember(ValidatorID(repeating: 200))) {
            try stranger.verify(chainID: chainID, committee: four.committee)
        }
    }

    @Test func nothingIsAssembledFromTooLittle() throws {
        #expect(throws: QuorumCertificateError.tooFewSigners(count: 0, quorum: 3)) {
            try QuorumCertificate.assemble(
                from: [], committee: four.committee, chainID: chainID)
        }
        let assembled = try QuorumCertificate.assemble(
            from: try [3, 1, 2].map { try four.certificate(by: $0) },
            committee: four.committee, chainID: chainID)
        #expect(assembled.quorumCertificate.threshold == 3)
        #expect(assembled.effects == TestCommittee.effects)
    }
}
