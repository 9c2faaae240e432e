/// The records of a session, by slot.
///
/// Every frame needs its record, several times. So records lie in memory of the table's own, from which they
/// do not move, and are reached by pointers, which cost neither counting of references nor checks of
/// exclusive access. The pointers are valid as long as the table; only `HTTP2Session` and `SessionState`
/// hold any, and both hold the table. Nobody hands out a part of a record while calling foreign code.
final class StreamTable {
    typealias Record = UnsafeMutablePointer<StreamRecord>

    private static let chunkSlots = 64
    private static let chunksMax = 1024

    /// The chunks that there are, at the front; each holds `chunkSlots` records.
    private let chunks = UnsafeMutablePointer<Record>.allocate(capacity: chunksMax)
    private var chunkCount = 0
    private var firstFree: Int32 = -1
    /// How many records belong to a stream.
    private(set) var count = 0

    deinit {
        for index in 0..<chunkCount {
            chunks[index].deinitialize(count: Self.chunkSlots)
            chunks[index].deallocate()
        }
        chunks.deallocate()
    }

    /// Takes a record for a new stream; nil when there are 65,536 already.
    func take(id: Int32) -> Record? {
        if firstFree < 0 { grow() }
        guard firstFree >= 0 else { return nil }
        let record = self[Int(firstFree)]
        firstFree = record.pointee.nextFree
        record.pointee.open(id: id)
        count += 1
        return record
    }

    private func grow() {
        guard chunkCount < Self.chunksMax else { return }
        let first = chunkCount * Self.chunkSlots
        let chunk = Record.allocate(capacity: Self.chunkSlots)
        for index in (0..<Self.chunkSlots).reversed() {
            var record = StreamRecord(slot: Int32(first + index))
            record.nextFree = firstFree
            firstFree = record.slot
            (chunk + index).initialize(to: record)
        }
        chunks[chunkCount] = chunk
        chunkCount += 1
    }

    /// Gives a record back.
    func give(back record: Record) {
        record.pointee.clear()
        record.pointee.nextFree = firstFree
        firstFree = record.pointee.slot
        count -= 1
    }

    /// The record of a stream; nil when the stream is gone.
    func record(_ ref: HTTP2StreamRef) -> Record? { record(slot: Int(ref.slot), id: ref.id) }

    /// The record in a slot, for a stream of this id; nil when the slot is another's.
    func record(slot: Int, id: Int32) -> Record? {
        guard slot >= 0, slot < chunkCount * Self.chunkSlots else { return nil }
        let record = self[slot]
        return record.pointee.id == id ? record : nil
    }

    private subscript(slot: Int) -> Record {
        chunks[slot / Self.chunkSlots] + slot % Self.chunkSlots
    }

    /// The streams whose records meet a condition.
    func refs(where isWanted: (borrowing StreamRecord) -> Bool) -> [HTTP2StreamRef] {
        var refs: [HTTP2StreamRef] = []
        for index in 0..<chunkCount * Self.chunkSlots where isWanted(self[index].pointee) {
            refs.append(self[index].pointee.ref)
        }
        return refs
    }
}
