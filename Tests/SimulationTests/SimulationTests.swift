import AllegroTesting
import Testing

/// Committees under every seed: nothing that must not happen happens.
struct SimulationTests {
    @Test(arguments: SeedSelection.counts.keys.sorted())
    func everySeedHoldsEveryInvariant(seats: Int) throws {
        if let seed = try SeedSelection.replayed {
            if seed.seats == seats { try replay(seed) }
            return
        }
        let validators = TestCommittee(seats: seats)
        var sum = SimulationStatistics()
        for number in try SeedSelection.numbers(seats: seats) {
            let seed = Simulation.Seed(seats: seats, number: number)
            var simulation = try Simulation(seed, of: validators)
            let outcome = try simulation.run()
            sum.add(outcome.statistics)
            if let violation = outcome.violation {
                Issue.record("\(violation)\nreplay: \(SeedSelection.command(for: seed))")
                break
            }
        }
        print("\(seats) validators: \(sum)")
    }

    private func replay(_ seed: Simulation.Seed) throws {
        var simulation = try Simulation(
            seed, of: TestCommittee(seats: seed.seats), isTraced: true)
        let outcome = try simulation.run()
        print(outcome.trace.joined(separator: "\n"))
        print(outcome.violation.map { "violated: \($0)" } ?? "nothing was violated")
        #expect(outcome.violation == nil)
    }
}
