internal import HTTP2
internal import Logging
internal import NIOCore

extension ServerConnection {
    /// The number in the PING whose answer says that the peer has read the announcement before it.
    private static let drainPing: UInt64 = 0x647261696e
    /// The number in the PING that asks a silent peer for a sign of life.
    private static let keepalivePing: UInt64 = 0x616c697665
    private static let announcementTime = TimeAmount.seconds(1)

    // MARK: Deadlines

    /// Has the call refused when `timeout` is over, unless it has ended by then.
    func setDeadline(_ ref: HTTP2StreamRef, in timeout: Duration) {
        let time = pump.now &+ UInt64(max(0, timeout.nanosecondsClamped))
        deadlines.insert(ref, at: time) { session.isOpen($0) }
        if time < deadlineTimerTime { armDeadlineTimer() }
    }

    private func armDeadlineTimer() {
        deadlineTimer?.cancel()
        deadlineTimer = nil
        deadlineTimerTime = deadlines.nextTime ?? .max
        guard let time = deadlines.nextTime else { return }
        let link = link
        deadlineTimer = link.eventLoop.scheduleTask(
            deadline: NIODeadline.uptimeNanoseconds(min(time, UInt64(Int64.max)))
        ) {
            link.ifConnected { $0.onDeadlineTimer() }
        }
    }

    private func onDeadlineTimer() {
        pump.wakeUp()
        while let ref = deadlines.popDue(now: pump.now) {
            refuse(ref, .deadlineExceeded, "the deadline has passed")
        }
        armDeadlineTimer()
        settle()
    }

    // MARK: The tick

    /// Looks at all time limits now and then, often enough for the shortest of them.
    func startTicking() {
        let limits = environment.limits
        let shortest = [
            limits.handshakeMillisecondsMax, limits.idleMillisecondsMax,
            limits.requestMillisecondsMax, limits.writeStallMillisecondsMax,
            limits.streamStallMillisecondsMax, limits.keepaliveMillisecondsMax,
        ].reduce(4000, min)
        let period = TimeAmount.milliseconds(Int64(max(10, shortest / 4)))
        let link = link
        tick = link.eventLoop.scheduleRepeatedTask(initialDelay: period, delay: period) { _ in
            link.ifConnected { $0.onTick() }
        }
    }

    private func onTick() {
        pump.wakeUp()
        let limits = environment.limits
        if !hasSettings, pump.isOver(lastBusyAt, limits.handshakeMillisecondsMax) {
            return end(because: "no HTTP/2 settings came in time")
        }
        if let since = pump.unwritableSince, pump.isOver(since, limits.writeStallMillisecondsMax) {
            return end(because: "the peer does not read")
        }
        if let sent = pingSentAt, pump.isOver(sent, limits.keepaliveMillisecondsMax) {
            return end(because: "the peer gives no sign of life")
        }
        if session.streamCount == 0, pump.isOver(lastBusyAt, limits.idleMillisecondsMax) {
            attempt { () throws(HTTP2Failure) in try session.terminate(.noError) }
        } else {
            refuseLateCalls()
            keepAlive()
        }
        settle()
    }

    /// Closes at once: there is nobody to say goodbye to.
    private func end(because reason: String) {
        environment.logger.info(
            "connection ended", metadata: ["peer": "\(peer)", "reason": "\(reason)"])
        context?.close(promise: nil)
    }

    private func refuseLateCalls() {
        let limits = environment.limits
        let stall = UInt64(limits.streamStallMillisecondsMax) * 1_000_000
        let now = pump.now
        for ref in session.streamsStalled(since: now > stall ? now - stall : 0) {
            attempt { () throws(HTTP2Failure) in try session.reset(ref, .enhanceYourCalm) }
        }
        for ref in session.openStreams where calls.indices.contains(Int(ref.slot)) {
            guard case .gathering(let call) = calls[Int(ref.slot)],
                pump.isOver(call.since, limits.requestMillisecondsMax)
            else { continue }
            refuse(ref, .deadlineExceeded, "the request did not come in time")
        }
    }

    private func keepAlive() {
        let interval = environment.limits.keepaliveIntervalMilliseconds
        guard interval > 0, pingSentAt == nil, pump.isOver(pump.lastReceivedAt, interval) else {
            return
        }
        pingSentAt = pump.now
        attempt { () throws(HTTP2Failure) in try session.ping(Self.keepalivePing) }
    }

    // MARK: Shutting down

    /// Lets the calls at work end and takes no new ones, as soon as the peer knows.
    func drain() {
        guard case .open = phase else { return }
        pump.wakeUp()
        phase = .announcing
        attempt { () throws(HTTP2Failure) in
            try session.announceShutdown()
            try session.ping(Self.drainPing)
        }
        settle()
        let link = link
        link.eventLoop.scheduleTask(in: Self.announcementTime) {
            link.ifConnected { $0.stopTakingCalls() }
        }
    }

    func onPong(_ opaque: UInt64) {
        if opaque == Self.drainPing { stopTakingCalls() }
    }

    private func stopTakingCalls() {
        guard case .announcing = phase else { return }
        phase = .draining
        attempt { () throws(HTTP2Failure) in try session.goAway(.noError) }
        settle()
    }

    /// Ends all calls with UNAVAILABLE, and the connection.
    func cancelAll() {
        pump.wakeUp()
        for ref in session.openStreams where calls.indices.contains(Int(ref.slot)) {
            refuse(ref, .unavailable, "the server is shutting down")
        }
        settle()
        attempt { () throws(HTTP2Failure) in try session.terminate(.noError) }
        settle()
        close()
    }
}
