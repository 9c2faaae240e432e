/// What happens next.
enum SimulationEvent {
    case deliver(SimulationMessage, from: Party, to: Party)
    /// A client, or a faulty validator, acts unasked.
    case turn(Party)
    /// What a validator has staged becomes durable, and what waits for that leaves.
    case sync(seat: Int)
    /// A validator loses what is not durable, and starts again.
    case crash(seat: Int, isBetweenSyncAndRelease: Bool)
    /// A validator asks its peers for certificates that it does not have.
    case pull(seat: Int)
    /// The network heals, and faulty parties stop acting unasked.
    case heal
}

/// Events in the order of their time; those of one time in the order in which they were added.
struct SimulationQueue {
    private struct Entry {
        var millis: Int
        var event: SimulationEvent
    }

    /// The latest first, so that the next one is the last.
    private var entries: [Entry] = []

    mutating func add(_ event: SimulationEvent, at millis: Int) {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].millis > millis { low = middle + 1 } else { high = middle }
        }
        entries.insert(Entry(millis: millis, event: event), at: low)
    }

    mutating func next() -> (millis: Int, event: SimulationEvent)? {
        entries.popLast().map { ($0.millis, $0.event) }
    }
}
