import AllegroCrypto
import AllegroModels
import AllegroTesting
import AllegroWire
import CertificateStore
import GRPC
import Logging
import Testing

@testable import Sidecar

/// What a peer serves, and what becomes of it in a store on disk.
struct GossipPeerTests {
    private let fixture: LedgerFixture
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws {
        fixture = try LedgerFixture()
    }

    private var payment: TestPayment { fixture.payment }
    private var next: TestPayment { payment.with { $0.nonce.key = NonceKey(repeating: 0x44) } }

    private func certificate(by seat: Int) -> Certificate {
        fixture.validators.certificate(
            by: fixture.validators.ids[seat], for: payment.txHash, payment.effects)
    }

    /// A peer whose board is one page.
    private func peer(of ledger: Ledger, serving page: [Certificate]) -> GossipPeer {
        let cursor = BulletinCursor(board: 7, position: 1)
        var router = RPCRouter()
        router.unary(SidecarAPI.bulletinBoard) { request, _ in
            BulletinBoardResponse(
                certificates: request.position == nil ? page : [], nextCursor: cursor.description)
        }
        let committee = CommitteeDirectory(fixture.validators.committee)
        return GossipPeer(
            url: "http://peer.test", client: RPCClient.inProcess(router),
            own: fixture.validators.ids[0], chainID: 1337, ledger: ledger, committee: committee,
            quorums: QuorumCollector(
                ledger: ledger, committee: committee, chainID: 1337, logger: logger),
            limits: Gossip.Limits(intervalMillis: 10, pullCountMax: 10), logger: logger)
    }

    private func refusal(in ledger: Ledger) async -> RejectCode? {
        guard case .failure(let reason) = await ledger.outcome(of: next) else { return nil }
        return reason.code
    }

    @Test func aForgeryOfOurOwnCertificateStopsNothing() async throws {
        let ledger = try fixture.ledger()
        var forged = certificate(by: 0)
        forged.signature = certificate(by: 1).signature
        var state = GossipPeer.State()
        await peer(of: ledger, serving: [forged]).pull(&state)
        #expect(state.isReachable)
        #expect(await refusal(in: ledger) == nil)
    }

    @Test func ourOwnCertificateThatIsNotHeldEndsSigning() async throws {
        let ledger = try fixture.ledger()
        var state = GossipPeer.State()
        await peer(of: ledger, serving: [certificate(by: 0)]).pull(&state)
        #expect(await refusal(in: ledger) == .temporaryUnavailable)
    }

    @Test func whatCouldNotBeStoredIsPulledAgain() async throws {
        let ledger = try fixture.ledger()
        let peer = peer(of: ledger, serving: [certificate(by: 1)])
        var state = GossipPeer.State()
        try await fixture.withoutWriting { await peer.pull(&state) }
        #expect(!state.isReachable)
        #expect(state.cursor == "")
        #expect(try await ledger.txHashesOnBoard(byOthers: true).isEmpty)
        await peer.pull(&state)
        #expect(state.isReachable)
        #expect(state.cursor != "")
        #expect(try await ledger.txHashesOnBoard(byOthers: true) == [payment.txHash])
    }
}
