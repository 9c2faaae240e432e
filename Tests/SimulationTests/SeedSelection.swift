import AllegroTesting
import Foundation

/// Which seeds a run of these tests tries; the environment decides.
enum SeedSelection {
    /// `ALLEGRO_SIMULATION_SEED=seats:number`: this one seed alone, with a trace of what happens.
    static let seedVariable = "ALLEGRO_SIMULATION_SEED"
    /// `ALLEGRO_SIMULATION_SEEDS_PERCENT=n`: n percent of the usual seeds.
    static let percentVariable = "ALLEGRO_SIMULATION_SEEDS_PERCENT"

    /// How many seeds of each committee size are tried.
    static let counts = [2: 1_000, 4: 1_600, 7: 600]

    /// The seed that the environment asks for; nil when it asks for none.
    static var replayed: Simulation.Seed? {
        get throws {
            guard let text = ProcessInfo.processInfo.environment[seedVariable] else { return nil }
            let parts = text.split(separator: ":").map { UInt64($0) }
            guard parts.count == 2, let seats = parts[0], counts[Int(seats)] != nil,
                let number = parts[1]
            else { throw Unreadable(variable: seedVariable, text: text) }
            return Simulation.Seed(seats: Int(seats), number: number)
        }
    }

    /// The numbers of the seeds to try with a committee of `seats`.
    static func numbers(seats: Int) throws -> Range<UInt64> {
        let usual = UInt64(counts[seats] ?? 0)
        guard let text = ProcessInfo.processInfo.environment[percentVariable] else {
            return 0..<usual
        }
        guard let percent = UInt64(text), percent > 0 else {
            throw Unreadable(variable: percentVariable, text: text)
        }
        return 0..<max(1, usual * percent / 100)
    }

    /// The one line that runs a seed again and tells what happens.
    static func command(for seed: Simulation.Seed) -> String {
        "\(seedVariable)=\(seed.seats):\(seed.number) swift test --filter SimulationTests"
    }

    /// A variable that says nothing that can be understood.
    struct Unreadable: Error, CustomStringConvertible {
        var variable: String
        var text: String

        var description: String { "\(variable) is \"\(text)\"" }
    }
}
