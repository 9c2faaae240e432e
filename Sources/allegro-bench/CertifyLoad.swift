internal import AllegroClient
internal import AllegroCrypto
internal import AllegroModels
internal import AllegroWire
internal import GRPC
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A closed loop: a call that was answered makes room for the next payment.
struct CertifyLoad {
    let url: String
    let payments: Range<Int>
    let accounts: Int
    let connections: Int
    let inFlight: Int
    let chainID: UInt64
    let epoch: UInt64
    /// Where to measure a sync; nil for nowhere.
    let dataDirectory: String?

    func run() async throws -> CertifyReport {
        let source = PaymentSource(try await sign())
        let validator = try ValidatorClient(url: url)
        let identity = try await validator.identity()
        await validator.close()

        let start = ContinuousClock.now
        try await connectAll(source)
        let elapsed = ContinuousClock.now - start
        let outcome = source.outcome
        return try await CertifyReport(
            payments: payments.count, elapsed: elapsed, inFlight: connections * inFlight,
            checked: check(outcome.responses, by: identity), failed: outcome.failed,
            latencies: outcome.latencies,
            costs: MachineCosts.measure(syncingIn: dataDirectory))
    }

    private func connectAll(_ source: PaymentSource) async throws {
        let (host, port) = try LoadAddress.parse(url)
        let group = MultiThreadedEventLoopGroup.singleton
        let ends = try await withThrowingTaskGroup { tasks in
            for _ in 0..<connections {
                tasks.addTask {
                    let done = group.next().makePromise(of: Void.self)
                    let inFlight = inFlight
                    let channel = ClientBootstrap(group: done.futureResult.eventLoop)
                        .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                        .channelInitializer { channel in
                            channel.eventLoop.makeCompletedFuture {
                                try channel.pipeline.syncOperations.addHandler(
                                    LoadConnection(
                                        source: source, inFlight: inFlight,
                                        allocator: channel.allocator, done: done))
                            }
                        }
                        .connect(host: host, port: port)
                    channel.cascadeFailure(to: done)
                    return done.futureResult
                }
            }
            return try await tasks.reduce(into: []) { $0.append($1) }
        }
        for end in ends { try await end.get() }
    }

    /// Signs and encodes all payments on all cores, before anything is measured.
    private func sign() async throws -> [[UInt8]] {
        let chunk = 1_000
        return try await withThrowingTaskGroup(of: (Int, [[UInt8]]).self) { group in
            for start in stride(from: payments.lowerBound, to: payments.upperBound, by: chunk) {
                let range = start..<min(start + chunk, payments.upperBound)
                group.addTask { (start, try range.map(request)) }
            }
            var chunks: [Int: [[UInt8]]] = [:]
            for try await (start, signed) in group { chunks[start] = signed }
            return chunks.keys.sorted().flatMap { chunks[$0] ?? [] }
        }
    }

    private func request(_ index: Int) throws -> [UInt8] {
        let payer = LoadAccount(index % accounts)
        // A key for each of an account's payments, so that none waits for a quorum certificate.
        var key: [UInt8] = Array(repeating: 0x01, count: 24)
        key.append(bigEndian: UInt64(index / accounts))
        let payment = PaymentOrder(
            to: LoadAccount.recipient, amount: 1, of: LoadAccount.asset, format: .tempoNativeV1,
            nonce: Nonce2D(key: NonceKey(bytes: key) ?? .demo, sequence: 0),
            expiry: .maxBlockHeight(.max)
        ).signed(by: payer.key, chainID: chainID)
        return try SidecarAPI.submit.encodeRequest(
            .wellFormed(SubmitRequest(transaction: payment, parents: [])))
    }

    /// Decodes and checks every response, after the measurement.
    private func check(
        _ responses: [[UInt8]], by signer: ValidatorIdentity
    ) async throws -> CheckedResponses {
        let committee = try Committee(epoch: epoch, members: [signer])
        let chainID = chainID
        var all = await withTaskGroup(of: CheckedResponses.self) { group in
            for start in stride(from: 0, to: responses.count, by: 1_000) {
                let slice = responses[start..<min(start + 1_000, responses.count)]
                group.addTask {
                    slice.reduce(into: CheckedResponses()) {
                        $0.add($1, chainID: chainID, committee: committee)
                    }
                }
            }
            return await group.reduce(into: CheckedResponses()) { $0.add($1) }
        }
        all.countRepeated()
        return all
    }
}

/// Where a load's connections go.
private enum LoadAddress {
    static func parse(_ url: String) throws -> (host: String, port: Int) {
        let parts = url.split(separator: ":")
        guard parts.count == 3, parts[0] == "http", parts[1].hasPrefix("//"),
            let port = Int(parts[2])
        else { throw UnusableURL(url: url) }
        return (String(parts[1].dropFirst(2)), port)
    }

    struct UnusableURL: Error, CustomStringConvertible {
        var url: String

        var description: String { "'\(url)' is not http://HOST:PORT" }
    }
}

/// The payments of a load in order, and what came of them.
private final class PaymentSource: LoadSource {
    struct Outcome: Sendable {
        var responses: [[UInt8]] = []
        /// In nanoseconds.
        var latencies: [UInt64] = []
        /// Calls that ended without a response.
        var failed = 0
    }

    private let messages: [[UInt8]]
    private let taken = Atomic(0)
    private let collected = Mutex(Outcome())

    init(_ messages: [[UInt8]]) {
        self.messages = messages
        collected.withLock { outcome in
            outcome.responses.reserveCapacity(messages.count)
            outcome.latencies.reserveCapacity(messages.count)
        }
    }

    var outcome: Outcome { collected.withLock { $0 } }

    func next() -> (index: Int, message: [UInt8])? {
        let index = taken.wrappingAdd(1, ordering: .relaxed).oldValue
        return index < messages.count ? (index, messages[index]) : nil
    }

    func answered(_ index: Int, with message: [UInt8]?, after nanoseconds: UInt64) {
        collected.withLock { outcome in
            if let message {
                outcome.responses.append(message)
                outcome.latencies.append(nanoseconds)
            } else {
                outcome.failed += 1
            }
        }
    }
}

/// What responses turned out to be.
struct CheckedResponses: Sendable {
    var certified = 0
    /// Certificates that do not verify or came twice.
    var wrong = 0
    var firstRefusal: String?
    private var txHashes: [TxHash] = []

    mutating func add(_ response: [UInt8], chainID: UInt64, committee: Committee) {
        do {
            switch try SidecarAPI.submit.decodeResponse(response) {
            case .certified(let certificate):
                certified += 1
                txHashes.append(certificate.txHash)
                try certificate.verify(chainID: chainID, committee: committee)
            case .rejected(let reason):
                firstRefusal = firstRefusal ?? "\(reason.code): \(reason.message)"
            }
        } catch {
            wrong += 1
        }
    }

    mutating func add(_ other: CheckedResponses) {
        certified += other.certified
        wrong += other.wrong
        firstRefusal = firstRefusal ?? other.firstRefusal
        txHashes += other.txHashes
    }

    mutating func countRepeated() { wrong += txHashes.count - Set(txHashes).count }
}
