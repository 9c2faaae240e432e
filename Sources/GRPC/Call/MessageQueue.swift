internal import Synchronization

/// The messages of one direction of a call, from a transport that must not wait to a reader that may.
///
/// There is one reader. The transport is told when the queue holds enough, and later that there is room.
final class MessageQueue: Sendable {
    /// What a message costs beyond its bytes, so that empty ones are not free.
    static let overheadBytes = 32

    /// How many messages the method allows in this direction.
    enum Cardinality: Sendable {
        /// Exactly one: a second one fails the call with UNIMPLEMENTED, as does none.
        case one
        /// Any number; the queue is full when its messages cost so many bytes.
        case any(bytesMax: Int)
    }

    /// What a reader took out of the queue.
    struct Room: Sendable {
        /// The cost that left the queue.
        let bytes: Int
        /// The queue was full and is not any more.
        let isNew: Bool
    }

    typealias Taken = Result<[UInt8]?, RPCError>

    private struct State {
        var messages: [[UInt8]] = []
        /// Messages before this index have been taken.
        var firstIndex = 0
        var bytes = 0
        var wasFull = false
        /// How the queue ends after what it holds; nil while more may come.
        var end: Taken?
        var reader: CheckedContinuation<Taken, Never>?

        var isEmpty: Bool { firstIndex == messages.count }
    }

    private let cardinality: Cardinality
    private let onRoom: @Sendable (Room) -> Void
    private let state = Mutex(State())

    /// Makes a queue; `onRoom` hears of each message that is taken, outside all locks.
    init(_ cardinality: Cardinality, onRoom: @escaping @Sendable (Room) -> Void) {
        self.cardinality = cardinality
        self.onRoom = onRoom
    }

    // MARK: The transport's end

    /// Whether another message is welcome.
    var hasRoom: Bool {
        switch cardinality {
        case .one: true
        case .any(let bytesMax):
            state.withLock { state in
                state.wasFull = state.bytes >= bytesMax
                return !state.wasFull
            }
        }
    }

    /// What the messages that wait cost, in bytes.
    var heldBytes: Int { state.withLock { $0.bytes } }

    /// Appends a message; nothing happens when the queue has ended.
    func push(_ message: [UInt8]) {
        let isTaken = state.withLock { state -> CheckedContinuation<Taken, Never>? in
            guard state.end == nil else { return nil }
            if case .any = cardinality, let reader = state.reader {
                state.reader = nil
                return reader
            }
            state.messages.append(message)
            state.bytes += cost(message)
            return nil
        }
        if let reader = isTaken {
            reader.resume(returning: .success(message))
            onRoom(Room(bytes: cost(message), isNew: false))
        } else if isTooMany {
            abort(RPCError(.unimplemented, "more than one message where one is due"))
        }
    }

    private var isTooMany: Bool {
        switch cardinality {
        case .one: state.withLock { $0.end == nil && $0.messages.count > 1 }
        case .any: false
        }
    }

    /// Ends the queue after what it holds.
    func finish() { end(.success(nil), dropsMessages: false) }

    /// Ends the queue with an error, after what it holds.
    func finish(throwing error: RPCError) { end(.failure(error), dropsMessages: false) }

    /// Ends the queue at once: what it holds is lost, even if it had ended in order.
    func abort(_ error: RPCError) { end(.failure(error), dropsMessages: true) }

    private func end(_ end: Taken, dropsMessages: Bool) {
        let wake = state.withLock { state -> (CheckedContinuation<Taken, Never>, Taken)? in
            if dropsMessages, state.end == nil || !state.isEmpty {
                state.messages.removeAll()
                state.firstIndex = 0
                state.bytes = 0
                state.end = end
            } else if state.end == nil {
                state.end = end
            }
            guard let reader = state.reader, let ready = take(&state) else { return nil }
            state.reader = nil
            return (reader, ready.0)
        }
        if let (reader, result) = wake { reader.resume(returning: result) }
    }

    // MARK: The reader's end

    /// The next message, or the end, or what the queue failed with.
    ///
    /// The only message of a queue of one comes when it is known that no other follows.
    func next() async -> Taken {
        if let ready = takeOutsideLock(reader: nil) { return ready }
        return await withCheckedContinuation { continuation in
            // Something may have come between the look above and this one.
            if let ready = takeOutsideLock(reader: continuation) {
                continuation.resume(returning: ready)
            }
        }
    }

    private func takeOutsideLock(reader: CheckedContinuation<Taken, Never>?) -> Taken? {
        let taken = state.withLock { state -> (Taken, Room?)? in
            if let taken = take(&state) { return taken }
            precondition(state.reader == nil, "a call has two readers")
            state.reader = reader
            return nil
        }
        if let room = taken?.1 { onRoom(room) }
        return taken?.0
    }

    /// What can be taken now.
    private func take(_ state: inout State) -> (Taken, Room?)? {
        switch cardinality {
        case .one where state.end == nil:
            return nil
        case .one where state.isEmpty && state.firstIndex == 0:
            guard case .success = state.end else { return state.end.map { ($0, nil) } }
            return (.failure(RPCError(.unimplemented, "no message where one is due")), nil)
        case .one:
            // An error after the message is the outcome of the call.
            if case .failure(let error) = state.end { return (.failure(error), nil) }
            return state.isEmpty ? (.success(nil), nil) : takeFirst(&state)
        case .any:
            return state.isEmpty ? state.end.map { ($0, nil) } : takeFirst(&state)
        }
    }

    private func takeFirst(_ state: inout State) -> (Taken, Room?) {
        let message = state.messages[state.firstIndex]
        state.messages[state.firstIndex] = []
        state.firstIndex += 1
        state.bytes -= cost(message)
        if case .any(let bytesMax) = cardinality {
            if state.isEmpty {
                state.messages.removeAll(keepingCapacity: true)
                state.firstIndex = 0
            } else if state.firstIndex > 64, state.firstIndex * 2 > state.messages.count {
                state.messages.removeFirst(state.firstIndex)
                state.firstIndex = 0
            }
            let isNew = state.wasFull && state.bytes * 2 <= bytesMax
            if isNew { state.wasFull = false }
            return (.success(message), Room(bytes: cost(message), isNew: isNew))
        }
        return (.success(message), Room(bytes: cost(message), isNew: false))
    }

    private func cost(_ message: [UInt8]) -> Int { message.count + Self.overheadBytes }
}
