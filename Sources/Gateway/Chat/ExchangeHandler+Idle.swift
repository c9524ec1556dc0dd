import NIOCore

/// Connections whose client does nothing: it neither asks, nor sends what it began, nor reads what it was given.
extension ExchangeHandler {
    /// Notes that the client has the next move. One timer is set for a whole idle limit and looks what time it has become, instead
    /// of one for each request.
    func becameIdle() {
        idleDeadline = .now() + idleLimit
        if idleTimer == nil { scheduleIdleTimer(in: idleLimit) }
    }

    func scheduleIdleTimer(in time: TimeAmount) {
        idleTimer = context?.eventLoop.assumeIsolated().scheduleTask(in: time) { [weak self] in self?.idleTimerFired() }
    }

    private func idleTimerFired() {
        idleTimer = nil
        guard let context else { return }
        let now = NIODeadline.now()
        if let stall, stall.deadline <= now {
            let bytes = bufferedBytes(of: context)
            // Not one byte was taken: nothing more will be given to a client that is as good as gone.
            guard bytes < stall.bytes else { return context.close(promise: nil) }
            self.stall = Stall(deadline: now + idleLimit, bytes: bytes)
        }
        if let deadline = idleDeadline, deadline <= now {
            if stall != nil {
                // It still reads the last answer.
                idleDeadline = now + idleLimit
            } else {
                switch state {
                case .open, .collecting, .discarding: return context.close(promise: nil)
                case .serving, .closed: idleDeadline = nil
                }
            }
        }
        let next = min(idleDeadline ?? .distantFuture, stall?.deadline ?? .distantFuture)
        if next < .distantFuture { scheduleIdleTimer(in: next - now) }
    }

    /// Bytes that wait for the client to read.
    func bufferedBytes(of context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }
}
