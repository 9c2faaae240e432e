internal import NIOCore

/// Runs the handlers of a connection's unary calls on its event loop, also after they have waited.
///
/// A handler that goes on elsewhere costs a second thread to be woken before its answer can be sent, which
/// is a good part of a small call. The loops run as many handlers in parallel as there are cores.
final class EventLoopTaskExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
