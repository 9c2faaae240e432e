internal import ArgumentParser
internal import Sidecar

/// The command line of the daemon.
struct Command: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Be the daemon; the name may be left out.")

    @Option(help: "Address to serve gRPC on, HOST:PORT.")
    var listen = SidecarOptions().listen

    @Option(help: "The validator's name, for people.")
    var name = SidecarOptions().name

    @Option(help: "Ed25519 seed, 32 bytes of hex; for demos, since processes can be listed.")
    var seed: String?

    @Option(help: "File with the Ed25519 seed in hex, accessible to its owner only.")
    var validatorKey: String?

    @Option(help: "The validator's id, 32 bytes of hex (default: its public key).")
    var validatorId: String?

    @Option(help: "Chain id that payments must be signed for.")
    var chainId = SidecarOptions().chainID

    @Option(help: "Epoch of the committee.")
    var epoch = SidecarOptions().epoch

    @Option(help: "Height of the head block, without a node.")
    var blockHeight = SidecarOptions().blockHeight

    @Option(help: "URLs of the other sidecars, separated by commas.")
    var peers: String?

    @Option(help: "JSON file that lists the committee.")
    var committee: String?

    @Option(help: "Directory of the store (default: none, only with --demo-balances).")
    var dataDir: String?

    @Option(
        help: """
            Sign with a store that was handed over, is a backup, or lacks what its key has signed; \
            you vouch that nothing else signs with this key. The refusal shows the code.
            """)
    var reclaimKey: String?

    @Flag(help: "Start from the demo's balances: Alice 15, Bob 5, Carol 5.")
    var demoBalances = false

    @Option(help: "JSON file of balances and nonces on the chain, without a node.")
    var baseState: String?

    @Option(help: "Nonce keys to accept: subblock, payment or auto.")
    var lane = SidecarOptions().lane

    @Option(help: "Milliseconds between two pulls from a peer.")
    var gossipIntervalMs = SidecarOptions().gossipIntervalMillis

    @Option(help: "Certificates in one pull.")
    var gossipPullLimit = SidecarOptions().gossipPullLimit

    @Option(help: "Certificates on the bulletin board, all signers together.")
    var maxTotalCerts = SidecarOptions().maxTotalCerts

    @Option(name: .customLong("max-known-qcs"), help: "Hashes of quorum certificates to remember.")
    var maxKnownQCs = SidecarOptions().maxKnownQCs

    @Option(help: "Client request ids to remember.")
    var maxRequestCache = SidecarOptions().maxRequestCache

    @Option(help: "Certificates in one answer of GetBulletinBoard.")
    var maxBulletinBoardResponse = SidecarOptions().maxBulletinBoardResponse

    @Option(help: "WebSocket URL of the Tempo node.")
    var rethWsUrl: String?

    @Option(help: "Payments on their way to the node; with --reth-ws-url.")
    var maxPendingEvmTxs: Int?

    @Option(help: "Receipts asked for at once; with --reth-ws-url.")
    var maxReceiptBatch: Int?

    @Option(help: "Milliseconds to wait for the quorum certificate of the payment before.")
    var predecessorWaitMs = SidecarOptions().predecessorWaitMillis

    @Option(help: "Milliseconds that running calls may take after SIGTERM.")
    var shutdownGraceMs = SidecarOptions().shutdownGraceMillis

    @Option(help: "Event loops; 0 for one a core.")
    var threads = SidecarOptions().threads

    @Option(help: "trace, debug, info, notice, warning, error or critical (ALLEGRO_LOG_LEVEL).")
    var logLevel: String?

    @Option(help: "text or json.")
    var logFormat = "text"

    /// The flags as the sidecar takes them.
    var options: SidecarOptions {
        var options = SidecarOptions()
        options.listen = listen
        options.name = name
        options.seed = seed
        options.validatorKey = validatorKey
        options.validatorID = validatorId
        options.chainID = chainId
        options.epoch = epoch
        options.blockHeight = blockHeight
        options.peers = (peers ?? "").split(separator: ",").map(String.init)
        options.committee = committee
        options.dataDirectory = dataDir
        options.reclaimCode = reclaimKey
        options.demoBalances = demoBalances
        options.baseState = baseState
        options.lane = lane
        options.gossipIntervalMillis = gossipIntervalMs
        options.gossipPullLimit = gossipPullLimit
        options.maxTotalCerts = maxTotalCerts
        options.maxKnownQCs = maxKnownQCs
        options.maxRequestCache = maxRequestCache
        options.maxBulletinBoardResponse = maxBulletinBoardResponse
        options.rethWebSocketURL = rethWsUrl
        options.maxPendingEVMTxs = maxPendingEvmTxs
        options.maxReceiptBatch = maxReceiptBatch
        options.predecessorWaitMillis = predecessorWaitMs
        options.shutdownGraceMillis = shutdownGraceMs
        options.threads = threads
        return options
    }
}
