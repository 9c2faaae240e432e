import AllegroCrypto
import AllegroModels
import AllegroTesting
import CertificateStore
import Logging
import SidecarCore
import Testing

@testable import Sidecar

/// Payments that race for one place in the ledger, amid everything else that writes and reads there.
@Suite(.timeLimit(.minutes(10))) struct LedgerRaceTests {
    private let directory: TemporaryDirectory
    private let validators = TestCommittee(seats: 4)

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func ledger(_ senders: ClosedRange<UInt8>) throws -> Ledger {
        let signer = CertificateSigner(
            key: TestCommittee.key(seed: 0x41), id: validators.ids[0], name: "Dave", chainID: 1337,
            signaturesMax: 100)
        let store = try CertificateStore(
            at: .directory(directory.path),
            for: StoreIdentity(
                chainID: 1337, validator: signer.identity.id,
                publicKey: signer.identity.publicKey),
            base: BaseState(
                balances: Dictionary(
                    uniqueKeysWithValues: senders.map {
                        let account = Address(repeating: $0)
                        return (AccountAsset(account: account, asset: TestPayment.asset), 1_000)
                    })),
            limits: CertificateStore.Limits(
                certificatesPerSignerMax: 10_000, qcHashesMax: 100, clientRequestsMax: 100))
        return Ledger(
            store: store, core: SidecarCore(epoch: 1, seats: 4), signer: signer,
            limits: Ledger.Limits(), moment: { Moment(unixMillis: 5_000, blockHeight: 1) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// What a task of a race did.
    private enum Event: Sendable {
        case certified(TxHash)
        case refused(RejectReason)
        case stored([TxHash])
        case done
    }

    private func certify(_ payment: TestPayment, _ ledger: Ledger) async -> Event {
        switch await ledger.certify(payment.admitted) {
        case .permitted(let permit, _): .certified(permit.certificate.txHash)
        case .refused(let reason): .refused(reason)
        }
    }

    /// Rivals ask, quorum certificates of one of them and peers' certificates of all come in, and
    /// readers read, all at once.
    private func race(_ rivals: [TestPayment], _ ledger: Ledger) async throws -> [Event] {
        try await withThrowingTaskGroup { group in
            for (index, rival) in rivals.enumerated() {
                group.addTask { await certify(rival, ledger) }
                // One peer signed each rival: no quorum, but certificates all the same.
                let peers = [
                    validators.certificate(
                        by: validators.ids[3], for: rival.txHash, rival.effects)
                ]
                group.addTask { .stored(try await ledger.record(peers)) }
                if index.isMultiple(of: 4) {
                    let qc = validators.verified(
                        for: rivals[0], by: Array(validators.ids[1...3]))
                    group.addTask {
                        try await ledger.learn([qc])
                        return .done
                    }
                    group.addTask {
                        _ = try await ledger.unconfirmedCertificates(for: [rival.txHash])
                        _ = try await ledger.board(
                            BoardQuery(
                                filter: .all, sinceUnixMillis: 0, after: 0, countMax: 10))
                        return .done
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test func ofRivalsOneIsSignedWhateverIsLearnedMeanwhile() async throws {
        let rounds = UInt8(1)...20
        let ledger = try ledger(rounds)
        for round in rounds {
            let rivals = (UInt8(0)..<32).map {
                TestPayment(from: round, to: 0x80 + round, amount: 1 + UInt64($0))
            }
            var certified: [TxHash] = []
            var stored: [TxHash] = []
            for event in try await race(rivals, ledger) {
                switch event {
                case .certified(let txHash): certified.append(txHash)
                case .refused(let reason): #expect(reason.code == .equivocation)
                case .stored(let txHashes): stored.append(contentsOf: txHashes)
                case .done: break
                }
            }
            // Either the first that came, or the confirmed one after it was learned.
            #expect(certified.count == 1)
            // Each peer's certificate once; the confirmed one's may have come with its quorum.
            #expect(Set(stored).count == stored.count)
            #expect(Set(rivals[1...].map(\.txHash)).isSubset(of: stored))

            // The confirmed payment's 1 moved, once, whoever was signed; a rival's debit is gone.
            let rest = TestPayment(from: round, to: 0xff, amount: 1_000, sequence: 1)
            await expectInsufficient(rest, ledger)
            #expect(await isCertified(rest.with { $0.amount = 999 }, ledger))
            let credit = TestPayment(from: 0x80 + round, to: 0xff, amount: 2)
            await expectInsufficient(credit, ledger)
            #expect(await isCertified(credit.with { $0.amount = 1 }, ledger))
        }
    }

    private func expectInsufficient(_ payment: TestPayment, _ ledger: Ledger) async {
        guard case .refused(let reason) = await certify(payment, ledger) else {
            Issue.record("more was certified than there is")
            return
        }
        #expect(reason.code == .insufficientFunds)
    }

    private func isCertified(_ payment: TestPayment, _ ledger: Ledger) async -> Bool {
        if case .certified = await certify(payment, ledger) { true } else { false }
    }
}
