import Synchronization
import Testing

@testable import GRPC

@Suite(.timeLimit(.minutes(1)))
struct QueueTests {
    private func queue(
        _ cardinality: MessageQueue.Cardinality = .any(bytesMax: 1000), rooms: Counter = Counter()
    ) -> MessageQueue {
        MessageQueue(cardinality) { if $0.isNew { rooms.increment() } }
    }

    @Test
    func aQueueGivesItsMessagesAndThenItsEnd() async throws {
        let queue = queue()
        queue.push([1])
        queue.push([2])
        queue.finish()
        queue.push([3])
        #expect(try await queue.next().get() == [1])
        #expect(try await queue.next().get() == [2])
        #expect(try await queue.next().get() == nil)
        #expect(try await queue.next().get() == nil)
    }

    @Test
    func anErrorComesAfterTheMessagesAndAnAbortBeforeThem() async throws {
        let error = RPCError(.dataLoss, "x")
        let ordered = queue()
        ordered.push([1])
        ordered.finish(throwing: error)
        #expect(try await ordered.next().get() == [1])
        #expect(await ordered.next() == .failure(error))

        let aborted = queue()
        aborted.push([1])
        aborted.finish()
        aborted.abort(error)
        #expect(await aborted.next() == .failure(error))

        let over = queue()
        over.finish()
        over.abort(error)
        #expect(await over.next() == .success(nil))
    }

    @Test
    func aFullQueueSaysOnceThatThereIsRoomAgain() async throws {
        let rooms = Counter()
        let queue = queue(rooms: rooms)
        var pushed = 0
        while queue.hasRoom {
            queue.push([UInt8](repeating: 0, count: 68))
            pushed += 1
        }
        #expect(pushed == 10)
        for taken in 1...10 {
            _ = await queue.next()
            #expect(rooms.value == (taken < 5 ? 0 : 1))
        }
        #expect(queue.hasRoom)
        #expect(queue.heldBytes == 0)
    }

    @Test
    func aQueueOfOneWaitsForItsEnd() async throws {
        let one = queue(.one)
        one.push([7])
        let reader = Task { await one.next() }
        try await Task.sleep(for: .milliseconds(20))
        one.finish()
        #expect(try await reader.value.get() == [7])
        #expect(try await one.next().get() == nil)

        let two = queue(.one)
        two.push([7])
        two.push([8])
        #expect(await two.next().failure?.code == .unimplemented)

        let none = queue(.one)
        none.finish()
        #expect(await none.next().failure?.code == .unimplemented)

        let failed = queue(.one)
        failed.push([7])
        failed.finish(throwing: RPCError(.aborted, "after all"))
        #expect(await failed.next().failure?.code == .aborted)
    }

    @Test
    func aReaderAndAWriterOnTwoThreadsLoseNothing() async throws {
        let queue = queue(.any(bytesMax: .max))
        let count = 100_000
        let reader = Task {
            var sum = 0
            while case .success(let message?) = await queue.next() { sum += message.count }
            return sum
        }
        for _ in 0..<count { queue.push([1]) }
        queue.finish()
        #expect(await reader.value == count)
    }

    @Test
    func aGateLetsWritersPassInTheirOrder() async throws {
        let gate = OutboundGate(bytesMax: 10)
        try await gate.acquire(100)
        let order = PassOrder()
        var tasks: [Task<Void, any Error>] = []
        for index in 0..<3 {
            tasks.append(
                Task {
                    try await gate.acquire(10)
                    order.add(index)
                })
            #expect(await eventually { gate.waiterCount == index + 1 })
        }
        #expect(order.values.isEmpty)
        for expected in 1...3 {
            gate.release(expected == 1 ? 100 : 10)
            #expect(await eventually { order.values.count == expected })
        }
        for task in tasks { try await task.value }
        #expect(order.values == [0, 1, 2])
    }

    @Test
    func aFailedGateThrowsForAllWriters() async throws {
        let gate = OutboundGate(bytesMax: 10)
        try await gate.acquire(10)
        let waiting = Task { try await gate.acquire(1) }
        #expect(await eventually { gate.waiterCount == 1 })
        let error = RPCError(.aborted, "first")
        gate.fail(error)
        gate.fail(RPCError(.aborted, "second"))
        await #expect(throws: error) { try await waiting.value }
        await #expect(throws: error) { try await gate.acquire(1) }
    }

    @Test
    func aCancelledWriterStopsWaiting() async throws {
        let gate = OutboundGate(bytesMax: 10)
        try await gate.acquire(10)
        let waiting = Task { try await gate.acquire(5) }
        #expect(await eventually { gate.waiterCount == 1 })
        waiting.cancel()
        let error = try await rpcError { try await waiting.value }
        #expect(error.code == .cancelled)
        // It took no room with it.
        gate.release(10)
        try await gate.acquire(10)
    }
}

private final class PassOrder: Sendable {
    private let state = Mutex<[Int]>([])

    func add(_ value: Int) { state.withLock { $0.append(value) } }

    var values: [Int] { state.withLock { $0 } }
}

extension Result {
    fileprivate var failure: Failure? {
        switch self {
        case .success: nil
        case .failure(let error): error
        }
    }
}
