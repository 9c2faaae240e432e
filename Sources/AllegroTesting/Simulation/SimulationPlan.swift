internal import AllegroModels
internal import SidecarCore

/// What a seed decides before anything happens.
struct SimulationPlan {
    /// The kinds of faulty validators.
    enum FaultyKind: CaseIterable {
        case signsAnything
        case withholder
        case replayer
        case forger

        func validator(seat: Int) -> any FaultyValidator {
            switch self {
            case .signsAnything: SignsAnything(seat: seat)
            case .withholder: Withholder(seat: seat)
            case .replayer: Replayer(seat: seat)
            case .forger: Forger(seat: seat)
            }
        }
    }

    var base: BaseState
    var conditions: NetworkConditions
    /// As many as the committee tolerates, or fewer.
    var faultySeats: [Int: FaultyKind]
    var wallets: [HonestClient.Kind]
    var equivocators: Int
    var paymentsOfWallet: Int
    var turnMillisMax: Int
    var crashes: Int

    init(seats: Int, random: inout SplitMix64) {
        conditions = .random(&random)
        let faults = Committee.faultsTolerated(of: seats)
        let count = random.chance(80) ? faults : random.within(0...faults)
        faultySeats = [:]
        for seat in random.sample(Array(0..<seats), count) {
            faultySeats[seat] = random.pick(FaultyKind.allCases)
        }
        wallets = (0..<random.within(1...2)).map { _ in
            random.pick([.native, .native, .twoKeys, .ethereum]) ?? .native
        }
        equivocators = random.within(1...2)
        paymentsOfWallet = random.within(1...3)
        turnMillisMax = random.pick([30, 60]) ?? 60
        crashes = random.within(0...4)
        base = BaseState()
        for client in 0..<clientCount {
            let account = SimulationContext.account(of: client)
            for asset in [TestPayment.asset, SimulationContext.otherAsset] {
                base.balances[AccountAsset(account: account, asset: asset)] =
                    UInt128(random.within(0...30))
            }
            guard random.chance(30) else { continue }
            for key: UInt8 in [0, 7, 8] {
                base.sequences[NonceLane(account: account, key: NonceKey(repeating: key))] =
                    UInt64(random.below(4))
            }
        }
    }

    var clientCount: Int { wallets.count + equivocators }
}
