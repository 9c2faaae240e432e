import AllegroClient
import AllegroCrypto
import AllegroModels
import AllegroWire
import GRPC
import Logging
import Testing

@testable import Sidecar

/// A validator that is alone, called through its services by a wallet's client.
struct ServiceTests {
    private let client: ValidatorClient
    private let calls: RPCClient
    private let alice: Secp256k1PrivateKey

    init() throws {
        var options = SidecarOptions()
        options.seed = String(repeating: "41", count: 32)
        options.validatorID = String(repeating: "d1", count: 32)
        options.demoBalances = true
        options.maxBulletinBoardResponse = 2
        let node = try SidecarNode(
            SidecarConfiguration(options, cores: 1),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        calls = RPCClient.inProcess(node.router)
        client = ValidatorClient(calls, timeout: .seconds(10))
        alice = try #require(Secp256k1PrivateKey(bytes: Bytes32(repeating: 0x11).bytes))
    }

    private func payment(key: UInt8, amount: UInt64 = 1) -> FastPayTransaction {
        PaymentOrder(
            to: DemoState.bob, amount: amount, of: DemoState.asset, format: .tempoNativeV1,
            nonce: Nonce2D(key: NonceKey(repeating: key), sequence: 0),
            expiry: .maxBlockHeight(100)
        ).signed(by: alice, chainID: 1337)
    }

    private func certified(_ payment: FastPayTransaction) async throws -> QuorumCertificate {
        let committee = try Committee(epoch: 1, members: [try await client.identity()])
        let certificate = try await client.submit(payment, parents: []).get()
        return try QuorumCertificate.assemble(
            from: [certificate], committee: committee, chainID: 1337
        ).quorumCertificate
    }

    @Test func aWalletTeachesAQuorumCertificateAndReadsItsAccount() async throws {
        let qc = try await certified(payment(key: 7, amount: 4))
        let confirmed = try await client.confirm(qc).get()
        #expect(confirmed.txHash == qc.txHash)
        #expect(confirmed.qcHash == qc.claimedHash)
        #expect(confirmed.nextSequence == 1)

        let page = try await client.account(DemoState.alice)
        #expect(
            page.balances == [
                AccountBalance(
                    asset: DemoState.asset, base: 15, credits: 0, debits: 4, available: 11)
            ])
        #expect(
            page.nonces == [NonceProgress(key: NonceKey(repeating: 7), next: 1, confirmed: 1)])
        #expect(page.payments.map(\.txHash) == [qc.txHash])
        #expect(page.payments.map(\.stage) == [.certified])
        #expect(page.nextCursor.isEmpty)
    }

    @Test func aQuorumCertificateThatIsNoneIsRefused() async throws {
        var qc = try await certified(payment(key: 7))
        qc.certificates = []
        qc.claimedHash = nil
        guard case .failure(let reason) = try await client.confirm(qc) else {
            Issue.record("taken without a signature")
            return
        }
        #expect(reason == RejectReason(.invalidParentQC, "qc: 0 members signed, a quorum are 1"))
    }

    @Test(arguments: [0, 1, 2, UInt32.max])
    func theServersLimitHoldsForEveryPageOfAnAccount(limit: UInt32) async throws {
        for key in UInt8(1)...5 { _ = try await certified(payment(key: key)) }
        var cursor = ""
        var keys: [NonceKey] = []
        var payments: [NonceKey] = []
        repeat {
            let page = try await client.account(DemoState.alice, limit: limit, after: cursor)
            #expect(
                max(page.nonces.count, page.payments.count)
                    == min(5 - keys.count, limit == 1 ? 1 : 2))
            keys += page.nonces.map(\.key)
            payments += page.payments.map(\.effects.nonce.key)
            cursor = page.nextCursor
        } while !cursor.isEmpty
        let all = (UInt8(1)...5).map { NonceKey(repeating: $0) }
        #expect(keys == all)
        #expect(payments == all)
    }

    @Test func aCursorThatNoAccountGaveIsAnInvalidArgument() async throws {
        let expected = RPCError(.invalidArgument, "cursor: not a position in an account")
        await #expect(throws: expected) {
            try await calls.unary(
                SidecarAPI.account, AccountRequest(address: DemoState.alice, cursor: "17"))
        }
    }
}
