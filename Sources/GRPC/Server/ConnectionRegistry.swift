internal import NIOCore
internal import Synchronization

/// The connections of a server, counted against its limits.
final class ConnectionRegistry: Sendable {
    private struct Entry {
        let channel: any Channel
        let link: ServerLink
        let address: String?
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var countsByAddress: [String: Int] = [:]
        var isClosed = false
    }

    private let limits: GRPCLimits
    private let state = Mutex(State())

    init(limits: GRPCLimits) { self.limits = limits }

    /// Adds a connection; false when there are too many, or when the server is shutting down.
    func add(_ channel: any Channel, _ link: ServerLink) -> Bool {
        let address = channel.remoteAddress?.ipAddress
        return state.withLock { state in
            guard !state.isClosed, state.entries.count < limits.connectionsMax else { return false }
            if let address {
                let count = state.countsByAddress[address, default: 0]
                guard count < limits.connectionsPerAddressMax else { return false }
                state.countsByAddress[address] = count + 1
            }
            state.entries[ObjectIdentifier(channel)] = Entry(
                channel: channel, link: link, address: address)
            return true
        }
    }

    /// Removes a connection that was added.
    func remove(_ channel: any Channel) {
        state.withLock { state in
            guard let entry = state.entries.removeValue(forKey: ObjectIdentifier(channel)),
                let address = entry.address, let count = state.countsByAddress[address]
            else { return }
            state.countsByAddress[address] = count > 1 ? count - 1 : nil
        }
    }

    /// Takes no more connections.
    func close() { state.withLock { $0.isClosed = true } }

    /// How many connections there are.
    var count: Int { state.withLock { $0.entries.count } }

    /// The connections that there are now.
    var connections: [(channel: any Channel, link: ServerLink)] {
        state.withLock { state in state.entries.values.map { ($0.channel, $0.link) } }
    }
}
