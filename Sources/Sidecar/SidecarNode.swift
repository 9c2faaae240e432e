internal import AllegroCrypto
internal import AllegroModels
internal import CertificateStore
package import GRPC
package import Logging
internal import SidecarCore

/// A validator without a network: store, ledger, services and gossip, wired together.
///
/// ``Sidecar`` puts it behind a socket; the in-process demo and tests call its router directly.
package final class SidecarNode: Sendable {
    /// The services, for any transport.
    package let router: RPCRouter

    private let configuration: SidecarConfiguration
    private let ledger: Ledger
    private let committee: CommitteeDirectory
    private let quorums: QuorumCollector
    private let logger: Logger

    /// Opens the store and wires the parts.
    ///
    /// - Throws: ``StoreError`` when the store cannot be used.
    package init(_ configuration: SidecarConfiguration, logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        let store = try CertificateStore(
            at: configuration.store, for: configuration.storeIdentity, base: configuration.base,
            limits: configuration.storeLimits, reclaimCode: configuration.reclaimCode)
        if let reclaimed = store.reclaimed {
            logger.warning(
                """
                --reclaim-key: the store \(reclaimed); its operator vouches that nothing else \
                signs, or has signed, with this key
                """)
        }
        let storeInstance = store.instance
        let signer = CertificateSigner(
            key: configuration.key, id: configuration.validatorID, name: configuration.name,
            chainID: configuration.chainID, signaturesMax: configuration.signaturesMax)
        let head = ConfiguredChainHead(blockHeight: configuration.blockHeight)
        committee = Self.committee(configuration, own: signer.identity)
        ledger = Ledger(
            store: store,
            core: SidecarCore(epoch: configuration.epoch, seats: committee.current.seats),
            signer: signer,
            limits: configuration.ledger, moment: { head.moment }, logger: logger)
        quorums = QuorumCollector(
            ledger: ledger, committee: committee, chainID: configuration.chainID, logger: logger)
        router =
            SidecarService(
                admission: Admission(
                    chainID: configuration.chainID, lane: configuration.lane,
                    committee: committee),
                ledger: ledger, signer: signer, quorums: quorums, head: head,
                committee: committee, storeInstance: storeInstance,
                boardCountMax: configuration.boardCountMax,
                peers: configuration.peers
            ).router
    }

    private static func committee(
        _ configuration: SidecarConfiguration, own: ValidatorIdentity
    ) -> CommitteeDirectory {
        switch configuration.committee {
        case .configured(let committee): CommitteeDirectory(committee)
        case .introductions:
            CommitteeDirectory(
                introducing: own, epoch: configuration.epoch, peers: configuration.peers.count)
        }
    }

    /// Gossips with the peers and forms quorum certificates until the task is cancelled.
    package func run(gossipingWith peers: [(url: String, client: RPCClient)]) async {
        let gossip = Gossip(
            peers: peers, own: configuration.validatorID, chainID: configuration.chainID,
            ledger: ledger, committee: committee, quorums: quorums,
            limits: configuration.gossip, logger: logger)
        await withTaskGroup { group in
            group.addTask { await self.quorums.run() }
            group.addTask { await gossip.run() }
        }
    }

    /// Puts the store in order when nothing is served any more.
    package func tidyUp() async { await ledger.tidyUp() }
}
