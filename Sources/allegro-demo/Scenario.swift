internal import AllegroClient
internal import AllegroCrypto
internal import AllegroModels

/// A step of the demo that did not come out as it must.
struct ScenarioFailure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

/// Alice pays Bob 10, Bob pays Carol 10 of it at once, and Carol checks what she got.
struct Scenario {
    let chainID: UInt64
    let epoch: UInt64

    private static let asset = Address(demo: "20c000000000000000000000aaaaaaaaaaaaaaaa")
    private static let amount: UInt64 = 10
    /// How long sidecars that were just started may take to answer.
    private static let startUpSeconds = 15

    private let alice = Secp256k1PrivateKey(demo: 0x11)
    private let bob = Secp256k1PrivateKey(demo: 0x22)
    private let carol = Secp256k1PrivateKey(demo: 0x33)

    func run(with clients: [ValidatorClient]) async throws {
        let committee = try await committee(of: clients)
        let log = StepLog()
        log.print(
            "committee of \(committee.committee.seats), quorum \(committee.committee.quorum): "
                + committee.committee.members.map(\.name).joined(separator: ", "))
        let height = try await blockHeight(committee)
        log.print("block height \(height)")

        let qc1 = try await pay(
            "Alice -> Bob", alice, bob.address, height: height, parent: nil, committee, log)
        log.print("QC1 formed: \(qc1.hash)")
        let qc2 = try await pay(
            "Bob -> Carol with QC1 as parent", bob, carol.address, height: height, parent: qc1,
            committee, log)
        log.print("QC2 formed: \(qc2.hash)")

        let seen: VerifiedQuorumCertificate
        do {
            seen = try await committee.quorumCertificate(for: qc2.txHash)
        } catch {
            throw ScenarioFailure("Carol found no quorum for QC2 on the bulletin board: \(error)")
        }
        guard seen.effects == qc2.effects, seen.effects.recipient == carol.address else {
            throw ScenarioFailure("the bulletin board's QC2 is for another payment")
        }
        log.print(
            "Carol verified QC2 from the bulletin board: \(seen.effects.amount) from "
                + "\(seen.effects.sender), \(seen.signerCount) signatures")
        try await close(committee, height: height, applying: [qc1, seen], log)
        await committee.close()
    }

    private func close(
        _ committee: CommitteeClient, height: UInt64,
        applying certificates: [VerifiedQuorumCertificate], _ log: StepLog
    ) async throws {
        let heightNow = try await blockHeight(committee)
        guard heightNow == height else {
            throw ScenarioFailure("block height went from \(height) to \(heightNow)")
        }
        log.print("block height still \(heightNow): no block was needed")
        var balances = Balances(
            of: Self.asset,
            onChain: [alice.address: 15, bob.address: 5, carol.address: 5])
        for certificate in certificates { balances.apply(certificate) }
        let closing = [alice, bob, carol].map { balances.balance(of: $0.address) }
        guard closing == [5, 5, 15] else {
            throw ScenarioFailure("closing balances are \(closing), expected 5, 5, 15")
        }
        log.print("balances: Alice \(closing[0]), Bob \(closing[1]), Carol \(closing[2])")
    }

    /// Submits one payment and makes its quorum certificate.
    private func pay(
        _ title: String, _ payer: Secp256k1PrivateKey, _ recipient: Address, height: UInt64,
        parent: VerifiedQuorumCertificate?, _ committee: CommitteeClient, _ log: StepLog
    ) async throws -> VerifiedQuorumCertificate {
        let payment = PaymentOrder(
            to: recipient, amount: Self.amount, of: Self.asset, format: .evmOpaqueBytesV1,
            nonce: Nonce2D(key: .demo, sequence: 0), expiry: .maxBlockHeight(height + 100),
            parent: parent?.hash
        ).signed(by: payer, chainID: chainID)
        log.print("\(title): submitting \(Self.amount), tx_hash \(payment.txHash)")
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(Self.startUpSeconds)
        while true {
            let answers = await committee.submit(
                payment, parents: parent.map { [$0.quorumCertificate] } ?? []
            ) { answer in
                log.print("  \(answer.validator.name): \(Self.text(of: answer.outcome))")
            }
            do {
                return try committee.quorumCertificate(of: answers)
            } catch {
                // A sidecar that was just started may not know the other one yet, and says so.
                guard answers.contains(where: \.isTemporary), clock.now < deadline else {
                    throw ScenarioFailure("\(title): no quorum certificate: \(error)")
                }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    private static func text(of outcome: CommitteeClient.Answer.Outcome) -> String {
        switch outcome {
        case .certified(let certificate):
            "certificate by \(certificate.signer.id), created \(certificate.createdUnixMillis) ms"
        case .rejected(let reason): "rejected, \(reason.code): \(reason.message)"
        case .failed(let why): "failed, \(why)"
        }
    }

    private func blockHeight(_ committee: CommitteeClient) async throws -> UInt64 {
        guard let height = await committee.blockHeight() else {
            throw ScenarioFailure("no validator tells the block height")
        }
        return height
    }

    /// Asks who the validators are, for as long as sidecars may take to start.
    private func committee(of clients: [ValidatorClient]) async throws -> CommitteeClient {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(Self.startUpSeconds)
        while true {
            do {
                return try await CommitteeClient.introduced(
                    by: clients, chainID: chainID, epoch: epoch)
            } catch {
                guard clock.now < deadline else {
                    throw ScenarioFailure("the validators cannot be reached: \(error)")
                }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }
}

extension CommitteeClient.Answer {
    /// Whether asking again may help.
    fileprivate var isTemporary: Bool {
        guard case .rejected(let reason) = outcome else { return false }
        return reason.code == .temporaryUnavailable
    }
}

/// Prints each step with the time since the start.
struct StepLog {
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant

    init() { start = clock.now }

    func print(_ text: String) {
        let elapsed = clock.now - start
        let tenths = elapsed / .microseconds(100)
        let whole = Int(tenths) / 10
        Swift.print("[\(whole).\(Int(tenths) % 10) ms] \(text)")
    }
}

extension Address {
    /// An address of the demo, by its hex.
    fileprivate init(demo hex: String) {
        guard let address = Address(hex: hex) else {
            preconditionFailure("\(hex) is 20 bytes of hex")
        }
        self = address
    }
}

extension Secp256k1PrivateKey {
    /// A key of the demo: one byte, 32 times.
    fileprivate init(demo byte: UInt8) {
        guard let key = Secp256k1PrivateKey(bytes: Bytes32(repeating: byte).bytes) else {
            preconditionFailure("the demo's keys are below the group's order")
        }
        self = key
    }
}
