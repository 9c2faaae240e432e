import AllegroCrypto
import AllegroModels
import AllegroTesting
import AllegroWire
import GRPC
import Logging
import Synchronization
import Testing

@testable import Sidecar

/// A sidecar that pulls from a peer which serves what it likes.
struct GossipTests {
    private static let peerID = ValidatorID(repeating: 0xe1)

    private let payment = TestPayment(from: 0xa1, to: 0xb0, amount: 1)

    /// A peer with Edgar's key and these pages, each behind the cursor of the one before.
    private func peer(
        serving pages: [[Certificate]], onPull: @escaping @Sendable () -> Void = {}
    ) -> RPCRouter {
        var router = RPCRouter()
        router.unary(SidecarAPI.validatorInfo) { _, _ in
            ValidatorInfo(
                validator: ValidatorIdentity(
                    id: Self.peerID, publicKey: TestCommittee.key(seed: 0x42).publicKey),
                gossipPeers: [])
        }
        router.unary(SidecarAPI.bulletinBoard) { request, _ in
            onPull()
            let index = Int(request.position?.position ?? 0)
            let page = index < pages.count ? pages[index] : []
            return BulletinBoardResponse(
                certificates: page,
                nextCursor: BulletinCursor(
                    board: 7, position: UInt64(min(index + 1, pages.count))
                ).description)
        }
        return router
    }

    private func certificate(
        for txHash: TxHash, seed: UInt8 = 0x42, by signer: ValidatorID = peerID,
        change: (inout Certificate) -> Void = { _ in }
    ) -> Certificate {
        let effects = payment.effects
        var certificate = Certificate(
            signer: ValidatorReference(id: signer), txHash: txHash, effectsHash: effects.hash,
            effects: effects,
            signature: TestCommittee.key(seed: seed).signCertificate(
                chainID: 1337, epoch: 1, txHash: txHash, effectsHash: effects.hash),
            createdUnixMillis: 1, epoch: 1)
        change(&certificate)
        return certificate
    }

    private func node(gossipPullLimit: UInt32) throws -> SidecarNode {
        var options = SidecarOptions()
        options.seed = String(repeating: "41", count: 32)
        options.validatorID = String(repeating: "d1", count: 32)
        options.demoBalances = true
        options.peers = ["http://peer.test"]
        options.gossipIntervalMillis = 10
        options.gossipPullLimit = gossipPullLimit
        return try SidecarNode(
            SidecarConfiguration(options, cores: 1),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// What stands on the node's board once it has pulled the peer's last page.
    private func board(
        after pages: [[Certificate]], gossipPullLimit: UInt32 = 512
    ) async throws -> [Certificate] {
        let node = try node(gossipPullLimit: gossipPullLimit)
        let last = certificate(for: TxHash(repeating: 0xff))
        let peer = RPCClient.inProcess(peer(serving: pages + [[last]]))
        let client = RPCClient.inProcess(node.router)
        return try await withThrowingTaskGroup { group in
            group.addTask { await node.run(gossipingWith: [("http://peer.test", peer)]) }
            defer { group.cancelAll() }
            while true {
                let board = try await client.unary(
                    SidecarAPI.bulletinBoard, BulletinBoardRequest()
                ).certificates
                if board.last?.txHash == last.txHash { return board.dropLast() }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func onlyWhatVerifiesIsStored() async throws {
        let good = certificate(for: TxHash(repeating: 1))
        let bad = [
            certificate(for: TxHash(repeating: 2), seed: 0x43),
            certificate(for: TxHash(repeating: 3), by: ValidatorID(repeating: 0xee)),
            certificate(for: TxHash(repeating: 4), by: ValidatorID(repeating: 0xd1)),
            certificate(for: TxHash(repeating: 5)) { $0.effects.amount = 2 },
            certificate(for: TxHash(repeating: 6)) { $0.effectsHash = EffectsHash(repeating: 9) },
            certificate(for: TxHash(repeating: 7)) { $0.epoch = 2 },
        ]
        let board = try await board(after: [bad + [good] + bad])
        #expect(board.map(\.txHash) == [good.txHash])
        #expect(board.first?.signature == good.signature)
    }

    @Test(.timeLimit(.minutes(1))) func pagesAreReadOnFromTheirCursorAndStoredOnce() async throws {
        let certificates = (UInt8(1)...5).map { certificate(for: TxHash(repeating: $0)) }
        let board = try await board(
            after: [[certificates[0]], [certificates[1]], certificates, []], gossipPullLimit: 5)
        #expect(board.map(\.txHash) == certificates.map(\.txHash))
    }

    @Test(.timeLimit(.minutes(1))) func aPageOfMoreThanWasAskedForIsNotRead() async throws {
        let node = try node(gossipPullLimit: 2)
        let pulls = Atomic(0)
        let page = (UInt8(1)...3).map { certificate(for: TxHash(repeating: $0)) }
        let peer = RPCClient.inProcess(peer(serving: [page]) { pulls.add(1, ordering: .relaxed) })
        await withTaskGroup { group in
            group.addTask { await node.run(gossipingWith: [("http://peer.test", peer)]) }
            while pulls.load(ordering: .relaxed) < 3 {
                try? await Task.sleep(for: .milliseconds(5))
            }
            group.cancelAll()
        }
        let board = try await RPCClient.inProcess(node.router).unary(
            SidecarAPI.bulletinBoard, BulletinBoardRequest())
        #expect(board.certificates.isEmpty)
    }
}
