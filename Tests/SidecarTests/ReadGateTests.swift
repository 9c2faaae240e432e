import GRPC
import Testing

@testable import Sidecar

/// Only so many readings wait for the ledger.
struct ReadGateTests {
    private struct Failure: Error {}

    private func code(_ gate: ReadGate, _ body: () async throws -> Void) async -> RPCStatusCode? {
        do throws(RPCError) {
            try await gate.pass(body)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func moreReadingsThanTheBoundAreRefusedUntilOneEnds() async {
        let gate = ReadGate(countMax: 2)
        let outer = await code(gate) {
            let inner = await code(gate) {
                #expect(await code(gate) {} == .resourceExhausted)
                #expect(await code(gate) {} == .resourceExhausted)
            }
            #expect(inner == nil)
            #expect(await code(gate) {} == nil)
        }
        #expect(outer == nil)
        #expect(await code(gate) {} == nil)
    }

    @Test func aReadingThatFailsIsUnavailableAndLeavesItsPlace() async {
        let gate = ReadGate(countMax: 1)
        for _ in 0..<3 { #expect(await code(gate) { throw Failure() } == .unavailable) }
        #expect(await code(gate) {} == nil)
    }
}
