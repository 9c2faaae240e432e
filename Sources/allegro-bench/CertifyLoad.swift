internal import AllegroClient
internal import AllegroCrypto
internal import AllegroModels
internal import Histogram
internal import Synchronization

/// Hands out numbers, each once.
private final class Counter: Sendable {
    private let value = Atomic(0)

    func take() -> Int { value.wrappingAdd(1, ordering: .relaxed).oldValue }
}

/// A closed loop: every worker submits its next payment when the last one was answered.
struct CertifyLoad {
    let url: String
    let payments: Range<Int>
    let accounts: Int
    let connections: Int
    let inFlight: Int
    let chainID: UInt64
    let epoch: UInt64

    func run() async throws -> CertifyReport {
        let signed = await sign()
        let validator = try ValidatorClient(url: url)
        let identity = try await validator.identity()
        await validator.close()

        let clock = ContinuousClock()
        let next = Counter()
        let start = clock.now
        let outcomes = try await withThrowingTaskGroup(of: WorkerOutcome.self) { group in
            for _ in 0..<connections {
                let client = try ValidatorClient(url: url)
                for _ in 0..<inFlight {
                    group.addTask { await work(client, signed, next) }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let elapsed = clock.now - start
        let certificates = outcomes.flatMap(\.certificates)
        return CertifyReport(
            payments: payments.count, elapsed: elapsed, certified: certificates.count,
            firstRefusal: outcomes.lazy.compactMap(\.firstRefusal).first,
            wrong: try await countWrong(certificates, by: identity),
            latencies: outcomes.flatMap(\.latencies), costs: MachineCosts.measure())
    }

    /// Signs all payments on all cores, before anything is measured.
    private func sign() async -> [FastPayTransaction] {
        let chunk = 1_000
        return await withTaskGroup(of: (Int, [FastPayTransaction]).self) { group in
            for start in stride(from: payments.lowerBound, to: payments.upperBound, by: chunk) {
                let range = start..<min(start + chunk, payments.upperBound)
                group.addTask { (start, range.map(payment)) }
            }
            var chunks: [Int: [FastPayTransaction]] = [:]
            for await (start, signed) in group { chunks[start] = signed }
            return chunks.keys.sorted().flatMap { chunks[$0] ?? [] }
        }
    }

    private func payment(_ index: Int) -> FastPayTransaction {
        let payer = LoadAccount(index % accounts)
        // A key for each of an account's payments, so that none waits for a quorum certificate.
        var key: [UInt8] = Array(repeating: 0x01, count: 24)
        key.append(bigEndian: UInt64(index / accounts))
        return PaymentOrder(
            to: LoadAccount.recipient, amount: 1, of: LoadAccount.asset, format: .tempoNativeV1,
            nonce: Nonce2D(key: NonceKey(bytes: key) ?? .demo, sequence: 0),
            expiry: .maxBlockHeight(.max)
        ).signed(by: payer.key, chainID: chainID)
    }

    private struct WorkerOutcome: Sendable {
        var certificates: [Certificate] = []
        var latencies: [Duration] = []
        var firstRefusal: String?
    }

    private func work(
        _ client: ValidatorClient, _ signed: [FastPayTransaction], _ next: Counter
    ) async -> WorkerOutcome {
        let clock = ContinuousClock()
        var outcome = WorkerOutcome()
        while true {
            let index = next.take()
            guard index < signed.count else { return outcome }
            let sent = clock.now
            do {
                switch try await client.submit(signed[index], parents: []) {
                case .success(let certificate): outcome.certificates.append(certificate)
                case .failure(let reason):
                    outcome.firstRefusal =
                        outcome.firstRefusal ?? "\(reason.code): \(reason.message)"
                }
            } catch {
                outcome.firstRefusal = outcome.firstRefusal ?? error.description
            }
            outcome.latencies.append(clock.now - sent)
        }
    }

    /// Checks every certificate, after the measurement: the sidecar's cores are the generator's too.
    private func countWrong(
        _ certificates: [Certificate], by signer: ValidatorIdentity
    ) async throws -> Int {
        let committee = try Committee(epoch: epoch, members: [signer])
        let distinct = Set(certificates.map(\.txHash)).count
        let chainID = chainID
        let wrong = await withTaskGroup(of: Int.self) { group in
            for start in stride(from: 0, to: certificates.count, by: 1_000) {
                let slice = certificates[start..<min(start + 1_000, certificates.count)]
                group.addTask {
                    slice.count { certificate in
                        (try? certificate.verify(chainID: chainID, committee: committee)) == nil
                    }
                }
            }
            return await group.reduce(0, +)
        }
        return wrong + certificates.count - distinct
    }
}
