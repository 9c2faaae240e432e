internal import NIOCore
internal import Synchronization

/// Commands from any thread for an event loop, which is woken once for all that come in a burst.
final class Mailbox<Command: Sendable>: Sendable {
    private struct State {
        var commands: [Command] = []
        var isWakeScheduled = false
    }

    let eventLoop: any EventLoop
    private let state = Mutex(State())

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Leaves a command; `wake` runs on the event loop unless it is going to run already.
    func post(_ command: Command, wake: @escaping @Sendable () -> Void) {
        let mustWake = state.withLock { state in
            state.commands.append(command)
            defer { state.isWakeScheduled = true }
            return !state.isWakeScheduled
        }
        if mustWake { eventLoop.execute(wake) }
    }

    /// Takes all commands, leaving the (empty) storage of `spare` for the next ones.
    func takeAll(swappingWith spare: inout [Command]) {
        spare.removeAll(keepingCapacity: true)
        state.withLock { state in
            swap(&state.commands, &spare)
            state.isWakeScheduled = false
        }
    }
}
