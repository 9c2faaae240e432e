import AllegroTesting
import Testing

/// A simulation that could not fail would show nothing: each planted fault must be found.
struct PlantedFaultTests {
    private static let seedsMax: UInt64 = 400

    @Test(arguments: PlantedFault.allCases)
    func aPlantedFaultIsFound(fault: PlantedFault) throws {
        let validators = TestCommittee(seats: 4)
        for number in 0..<Self.seedsMax {
            var simulation = try Simulation(
                .init(seats: 4, number: number), of: validators, fault: fault)
            if try simulation.run().violation != nil { return }
        }
        Issue.record("\(fault) went unnoticed in \(Self.seedsMax) seeds")
    }
}
