internal import AllegroCrypto
internal import AllegroModels
internal import CertificateStore
internal import SidecarCore

/// Everything that a sidecar is started with, checked.
package struct SidecarConfiguration: Sendable {
    /// Where the committee's members come from.
    enum CommitteeSource: Sendable {
        case configured(Committee)
        /// This validator and its peers, as they introduce themselves; for the demo only.
        case introductions
    }

    package var host: String
    package var port: Int
    var name: String
    var key: ValidatorSigningKey
    /// Whether the key came by `--seed`, which everyone who can list processes has seen.
    var keyWasOnCommandLine: Bool
    var validatorID: ValidatorID
    var chainID: UInt64
    var epoch: UInt64
    var blockHeight: UInt64
    var peers: [String]
    var committee: CommitteeSource
    var store: CertificateStore.Location
    var storeLimits: CertificateStore.Limits
    /// Names a store to sign with though others may have used its key.
    var reclaimCode: String?
    var base: BaseState
    var lane: LanePolicy
    var gossip: Gossip.Limits
    var ledger: Ledger.Limits
    var boardCountMax: Int
    var signaturesMax: Int
    var shutdownGrace: Duration
    package var threads: Int

    /// Checks the flags and reads the files that they name.
    ///
    /// - Parameter cores: how many event loops to run where the flags leave it open.
    /// - Throws: the first flag that is wrong.
    package init(_ options: SidecarOptions, cores: Int) throws(ConfigurationError) {
        (host, port) = try Self.address(options.listen)
        name = options.name
        guard name.utf8.count <= Self.nameBytesMax else {
            throw ConfigurationError("--name", "is longer than \(Self.nameBytesMax) bytes")
        }
        (key, keyWasOnCommandLine) = try KeySource.key(options)
        validatorID = try Self.validatorID(options.validatorID, key: key)
        chainID = options.chainID
        epoch = try Self.positive(options.epoch, "--epoch")
        blockHeight = options.blockHeight
        peers = try Self.peers(options.peers)
        base = try BaseStateFile.base(options)
        store = try Self.store(options)
        reclaimCode = options.reclaimCode
        lane = try Self.lane(options.lane)
        threads = options.threads == 0 ? cores : try Self.positive(options.threads, "--threads")
        boardCountMax = try Self.positive(
            options.maxBulletinBoardResponse, "--max-bulletin-board-response")
        gossip = Gossip.Limits(
            intervalMillis: try Self.positive(
                options.gossipIntervalMillis, "--gossip-interval-ms"),
            pullCountMax: try Self.positive(options.gossipPullLimit, "--gossip-pull-limit"))
        ledger = Ledger.Limits()
        ledger.predecessorWaitMillis = options.predecessorWaitMillis
        shutdownGrace = .milliseconds(options.shutdownGraceMillis)
        committee = try Self.committee(options, own: validatorID, key: key, epoch: epoch)

        let certificatesMax = try Self.positive(options.maxTotalCerts, "--max-total-certs")
        let seats =
            switch committee {
            case .configured(let committee): committee.seats
            case .introductions: peers.count + 1
            }
        guard certificatesMax >= seats else {
            throw ConfigurationError(
                "--max-total-certs", "is less than one for each of \(seats) validators")
        }
        signaturesMax = certificatesMax
        storeLimits = CertificateStore.Limits(
            certificatesPerSignerMax: certificatesMax / seats,
            qcHashesMax: try Self.positive(options.maxKnownQCs, "--max-known-qcs"),
            clientRequestsMax: try Self.positive(
                options.maxRequestCache, "--max-request-cache"))
        try Self.checkNodeLink(options)
    }

    /// Bytes of UTF-8 in a validator's name at most.
    static let nameBytesMax = 256

    /// Who owns the store.
    var storeIdentity: StoreIdentity {
        StoreIdentity(chainID: chainID, validator: validatorID, publicKey: key.publicKey)
    }
}

extension SidecarConfiguration {
    /// `host:port` or `[v6]:port`.
    private static func address(
        _ text: String
    ) throws(ConfigurationError) -> (host: String, port: Int) {
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { throw ConfigurationError("--listen", "'\(text)' is not HOST:PORT") }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw ConfigurationError("--listen", "'\(text)': write an IPv6 address in brackets")
        }
        guard !host.isEmpty else {
            throw ConfigurationError("--listen", "'\(text)' has no host")
        }
        return (String(host), Int(port))
    }

    private static func validatorID(
        _ hex: String?, key: ValidatorSigningKey
    ) throws(ConfigurationError) -> ValidatorID {
        guard let hex else { return ValidatorID(key.publicKey.value) }
        guard let id = ValidatorID(hex: hex) else {
            throw ConfigurationError("--validator-id", "is not 32 bytes of hex")
        }
        return id
    }

    private static func peers(_ urls: [String]) throws(ConfigurationError) -> [String] {
        var seen: Set<String> = []
        for url in urls {
            guard url.hasPrefix("http://"), url.count > "http://".count else {
                throw ConfigurationError("--peers", "'\(url)' is not http://HOST:PORT")
            }
            guard seen.insert(url).inserted else {
                throw ConfigurationError("--peers", "'\(url)' is named twice")
            }
        }
        return urls
    }

    private static func store(
        _ options: SidecarOptions
    ) throws(ConfigurationError) -> CertificateStore.Location {
        if let path = options.dataDirectory {
            guard !path.isEmpty else { throw ConfigurationError("--data-dir", "is empty") }
            return .directory(path)
        }
        guard options.demoBalances else {
            throw ConfigurationError(
                "--data-dir",
                "is required: without it nothing survives a restart (only --demo-balances may)")
        }
        return .memory
    }

    private static func lane(_ text: String) throws(ConfigurationError) -> LanePolicy {
        guard let lane = LanePolicy(rawValue: text) else {
            let known = LanePolicy.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationError("--lane", "'\(text)' is none of \(known)")
        }
        return lane
    }

    private static func committee(
        _ options: SidecarOptions, own: ValidatorID, key: ValidatorSigningKey, epoch: UInt64
    ) throws(ConfigurationError) -> CommitteeSource {
        if let path = options.committee {
            let committee = try CommitteeFile.committee(at: path, epoch: epoch)
            guard let member = committee.member(own) else {
                throw ConfigurationError("--committee", "does not list validator \(own)")
            }
            guard member.publicKey == key.publicKey else {
                throw ConfigurationError(
                    "--committee", "lists validator \(own) with another public key than ours")
            }
            return .configured(committee)
        }
        guard options.demoBalances || options.peers.isEmpty else {
            throw ConfigurationError(
                "--committee",
                "is required with --peers: who the validators are must not be taken from them")
        }
        return .introductions
    }

    private static func checkNodeLink(_ options: SidecarOptions) throws(ConfigurationError) {
        if options.rethWebSocketURL != nil {
            throw ConfigurationError(
                "--reth-ws-url", "this release cannot be attached to a node yet")
        }
        let dependent = [
            ("--max-pending-evm-txs", options.maxPendingEVMTxs),
            ("--max-receipt-batch", options.maxReceiptBatch),
        ]
        for (flag, value) in dependent where value != nil {
            throw ConfigurationError(flag, "means something only together with --reth-ws-url")
        }
    }

    private static func positive<Value: BinaryInteger>(
        _ value: Value, _ flag: String
    ) throws(ConfigurationError) -> Value {
        guard value > 0 else { throw ConfigurationError(flag, "must be at least 1") }
        return value
    }
}
