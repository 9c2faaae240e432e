/// Things that are due at some time, soonest first.
///
/// Nothing is taken out early: what is no longer awaited is recognised when it is due, or when the heap is
/// compacted. So a call that ends before its deadline costs nothing here.
struct DeadlineHeap<Item> {
    private struct Entry {
        /// In nanoseconds of the connection's clock.
        let time: UInt64
        let item: Item
    }

    private var entries: [Entry] = []
    /// The size at which it pays to look for what is no longer awaited.
    private var compactAtCount = 256

    /// When the soonest is due; nil when there is none.
    var nextTime: UInt64? { entries.first?.time }

    /// Adds `item`; `isAwaited` says of what is in the heap whether it still matters.
    mutating func insert(_ item: Item, at time: UInt64, isAwaited: (Item) -> Bool) {
        if entries.count >= compactAtCount {
            var kept = DeadlineHeap()
            for entry in entries where isAwaited(entry.item) { kept.push(entry) }
            kept.compactAtCount = max(256, kept.entries.count * 2)
            self = kept
        }
        push(Entry(time: time, item: item))
    }

    /// Takes the soonest item that is due at `now`; nil when none is.
    mutating func popDue(now: UInt64) -> Item? {
        guard let first = entries.first, first.time <= now else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            siftDown()
        }
        return first.item
    }

    private mutating func push(_ entry: Entry) {
        entries.append(entry)
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].time < entries[parent].time else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < entries.count && entries[child].time < entries[least].time {
                least = child
            }
            guard least != parent else { return }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
