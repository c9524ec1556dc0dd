import BanditCore
import NIOCore
import ProviderClient
import RoutingEngine

/// What each state makes of each event. No `default`: a new event is a question to every state.
extension ChatExchange.State {
    typealias Serving = ChatExchange.Serving
    typealias Asked = ChatExchange.Asked
    typealias Held = ChatExchange.Held
    typealias EndedStream = ChatExchange.EndedStream

    static func deciding(
        _ event: consuming ExchangeEvent, _ inbound: any InboundDialect, _ actions: inout ExchangeActions
    ) -> Self {
        switch event {
        case .refused(let error):
            actions.append(.refuse(error))
            return .over
        case .hit(let hit):
            actions.append(.give(hit))
            return .over
        case .decided(let decided):
            // The store first, so that it writes while the provider is being asked. A whole answer that is there sooner is laid down
            // without waking this thread: it would only be in the writer's way.
            actions.append(.record(decided))
            return choose(Serving(decided, inbound), decided.choice.position < 0 ? nil : .drawn, &actions)
        case .clientLeft:
            actions.append(.leave)
            return .over
        case .asked, .armUnavailable, .noArmLeft, .outOfTime, .untranslatable, .upstream, .written, .writability,
            .silence:
            return .deciding
        }
    }

    static func choosing(
        _ serving: consuming Serving, _ next: NextArm, _ event: consuming ExchangeEvent,
        _ actions: inout ExchangeActions
    ) -> Self {
        switch event {
        case .asked(let arm, let position):
            if position >= 0 { serving.tried.insert(position) }
            return .asking(serving, Asked(arm, position: position))
        case .armUnavailable(let position):
            if position >= 0 { serving.tried.insert(position) }
            if case .again(let arm, _, let fault) = next { return settle(serving, fault, of: arm.armID, &actions) }
            return fallBack(serving, &actions)
        case .noArmLeft:
            switch next {
            case .drawn, .fallback: return lastResort(serving, &actions)
            case .lastResort: return exhausted(serving, &actions)
            case .again(let arm, _, let fault): return settle(serving, fault, of: arm.armID, &actions)
            }
        case .outOfTime:
            if case .again(let arm, _, let fault) = next { return settle(serving, fault, of: arm.armID, &actions) }
            return exhausted(serving, &actions)
        case .untranslatable(let error, let arm, let position):
            if position >= 0 { serving.tried.insert(position) }
            serving.failures.append((arm, UpstreamFault.untranslatable))
            if serving.obstacle == nil { serving.obstacle = error }
            return fallBack(serving, &actions)
        case .clientLeft: return leave(serving, nil, &actions)
        case .written:
            serving.isWritten = true
            return .choosing(serving, next)
        case .refused, .hit, .decided, .upstream, .writability, .silence: return .choosing(serving, next)
        }
    }

    static func asking(
        _ serving: consuming Serving, _ asked: consuming Asked, _ event: consuming ExchangeEvent,
        _ actions: inout ExchangeActions
    ) -> Self {
        switch event {
        case .upstream(let event, let arm):
            guard arm === asked.arm else { return .asking(serving, asked) }
            switch asked.read(event) {
            case .nothing, .stream(.hold): return .asking(serving, asked)
            case .answer(let answer):
                asked.end(.answered(answer), &actions)
                serving.announce(arm, completionID: answer.id, &actions)
                return ready(serving, .answer(answer, arm), &actions)
            case .stream(.forward(let bytes)):
                serving.announce(arm, completionID: asked.summary?.id, &actions)
                return ready(serving, .stream(asked, bytes), &actions)
            case .stream(.finish(let bytes)):
                let ended = complete(asked, bytes, &actions)
                serving.announce(arm, completionID: ended.completionID, &actions)
                return ready(serving, .ended(ended), &actions)
            case .stream(.abort(let bytes, let fault)):
                let ended = abort(asked, bytes, fault, serving.inbound, &actions)
                serving.announce(arm, completionID: ended.completionID, &actions)
                return ready(serving, .ended(ended), &actions)
            case .fault(let fault), .stream(.fault(let fault)): return failed(serving, asked, fault, &actions)
            }
        case .written:
            serving.isWritten = true
            if serving.owesKeepAlive { serving.keepAlive(&actions) }
            return .asking(serving, asked)
        case .writability(let isWritable):
            asked.writability(isWritable, &actions)
            return .asking(serving, asked)
        case .silence(let isLong):
            if asked.arm.wantsStream, isLong || asked.keepsAlive { serving.keepAlive(&actions) }
            return .asking(serving, asked)
        case .clientLeft: return leave(serving, asked, &actions)
        case .refused, .hit, .decided, .asked, .armUnavailable, .noArmLeft, .outOfTime, .untranslatable:
            return .asking(serving, asked)
        }
    }

    static func held(
        _ serving: consuming Serving, _ held: consuming Held, _ event: consuming ExchangeEvent,
        _ actions: inout ExchangeActions
    ) -> Self {
        switch event {
        case .written:
            serving.isWritten = true
            return release(serving, held, &actions)
        case .upstream, .writability, .clientLeft:
            switch consume held {
            case .stream(let asked, let bytes): return heldStream(serving, asked, bytes, event, &actions)
            case let whole:
                guard case .clientLeft = event else { return .held(serving, whole) }
                let completionID: String? = if case .ended(let ended) = whole { ended.completionID } else { nil }
                actions.append(.finish(serving.decided, .left(servedArm: nil, completionID: completionID)))
                return .over
            }
        case .refused, .hit, .decided, .asked, .armUnavailable, .noArmLeft, .outOfTime, .untranslatable,
            .silence:
            return .held(serving, held)
        }
    }

    /// A stream goes on while its first bytes wait.
    private static func heldStream(
        _ serving: consuming Serving, _ asked: consuming Asked, _ bytes: consuming ByteBuffer,
        _ event: consuming ExchangeEvent, _ actions: inout ExchangeActions
    ) -> Self {
        switch event {
        case .upstream(let event, let arm):
            guard arm === asked.arm else { break }
            switch asked.read(event) {
            case .nothing, .stream(.hold): break
            case .stream(.forward(let more)):
                bytes.writeImmutableBuffer(more)
                if bytes.readableBytes >= ChatExchange.heldLimit { asked.writability(false, &actions) }
            case .stream(.finish(let more)):
                bytes.writeImmutableBuffer(more)
                return .held(serving, .ended(complete(asked, bytes, &actions)))
            case .stream(.abort(let more, let fault)):
                bytes.writeImmutableBuffer(more)
                let ended = abort(asked, bytes, fault, serving.inbound, &actions)
                return .held(serving, .ended(ended))
            case .fault(let fault), .stream(.fault(let fault)):
                let ended = abort(asked, bytes, fault, serving.inbound, &actions)
                return .held(serving, .ended(ended))
            case .answer:
                let ended = abort(asked, bytes, .noAnswer, serving.inbound, &actions)
                return .held(serving, .ended(ended))
            }
        case .writability(let isWritable):
            if !isWritable || bytes.readableBytes < ChatExchange.heldLimit { asked.writability(isWritable, &actions) }
        case .clientLeft: return leave(serving, asked, &actions)
        case .refused, .hit, .decided, .asked, .armUnavailable, .noArmLeft, .outOfTime, .untranslatable, .written,
            .silence:
            break
        }
        return .held(serving, .stream(asked, bytes))
    }

    static func streaming(
        _ serving: consuming Serving, _ asked: consuming Asked, _ event: consuming ExchangeEvent,
        _ actions: inout ExchangeActions
    ) -> Self {
        switch event {
        case .upstream(let event, let arm):
            guard arm === asked.arm else { return .streaming(serving, asked) }
            switch asked.read(event) {
            case .nothing, .stream(.hold): return .streaming(serving, asked)
            case .stream(.forward(let bytes)):
                actions.append(.write(bytes))
                actions.append(.flush)
                return .streaming(serving, asked)
            case .stream(.finish(let bytes)): return finish(serving, complete(asked, bytes, &actions), &actions)
            case .stream(.abort(let bytes, let fault)):
                let ended = abort(asked, bytes, fault, serving.inbound, &actions)
                return finish(serving, ended, &actions)
            case .fault(let fault), .stream(.fault(let fault)):
                let ended = abort(asked, ByteBuffer(), fault, serving.inbound, &actions)
                return finish(serving, ended, &actions)
            case .answer:
                let ended = abort(asked, ByteBuffer(), .noAnswer, serving.inbound, &actions)
                return finish(serving, ended, &actions)
            }
        case .writability(let isWritable):
            asked.writability(isWritable, &actions)
            return .streaming(serving, asked)
        case .clientLeft:
            let served = asked.arm.armID
            return leave(serving, asked, servedArm: served, &actions)
        case .refused, .hit, .decided, .asked, .armUnavailable, .noArmLeft, .outOfTime, .untranslatable, .written,
            .silence:
            return .streaming(serving, asked)
        }
    }
}

// MARK: - Which arm is asked

extension ChatExchange.State {
    /// - Parameter next: nil: the last resort.
    private static func choose(
        _ serving: consuming Serving, _ next: NextArm?, _ actions: inout ExchangeActions
    ) -> Self {
        guard let next else { return lastResort(serving, &actions) }
        actions.append(.choose(serving.decided, next))
        return .choosing(serving, next)
    }

    private static func fallBack(_ serving: consuming Serving, _ actions: inout ExchangeActions) -> Self {
        let failures = serving.failures.count
        guard failures < serving.decided.maxAttempts else { return lastResort(serving, &actions) }
        let next = NextArm.fallback(tried: serving.tried, failures: failures)
        return choose(serving, next, &actions)
    }

    /// Asks the arm that stands behind all others; once.
    private static func lastResort(_ serving: consuming Serving, _ actions: inout ExchangeActions) -> Self {
        guard !serving.hasAskedLastResort else { return exhausted(serving, &actions) }
        serving.hasAskedLastResort = true
        let next = NextArm.lastResort(tried: serving.tried)
        return choose(serving, next, &actions)
    }

    private static func failed(
        _ serving: consuming Serving, _ asked: consuming Asked, _ fault: UpstreamFault,
        _ actions: inout ExchangeActions
    ) -> Self {
        asked.end(.failed(fault), &actions)
        if fault.verdict.reason == .unsupported, fault.verdict.parameter != nil,
            serving.repairs < ChatExchange.repairLimit
        {
            serving.repairs += 1
            let next = NextArm.again(asked.arm, position: asked.position, fault)
            return choose(serving, next, &actions)
        }
        return settle(serving, fault, of: asked.arm.armID, &actions)
    }

    /// Acts on a fault by whose it is.
    private static func settle(
        _ serving: consuming Serving, _ fault: UpstreamFault, of arm: String, _ actions: inout ExchangeActions
    ) -> Self {
        // The other opinion was asked for: whatever it is, the first refusal is what the client needs to know.
        if let refusal = serving.refusal {
            serving.note(fault, of: arm)
            return refuse(serving, .passedOn(refusal), &actions)
        }
        switch fault.verdict.others {
        case .none: return refuse(serving, .passedOn(fault), &actions)
        case .one: serving.refusal = fault
        case .larger: serving.passOver(notLargerThan: arm)
        case .all: break
        }
        serving.note(fault, of: arm)
        return fallBack(serving, &actions)
    }

    private static func exhausted(_ serving: consuming Serving, _ actions: inout ExchangeActions) -> Self {
        let error = serving.exhaustion
        return refuse(serving, error, &actions)
    }
}

// MARK: - What the client gets

extension ChatExchange.State {
    private static func refuse(
        _ serving: consuming Serving, _ error: GatewayError, _ actions: inout ExchangeActions
    ) -> Self {
        ready(serving, .refusal(error), &actions)
    }

    /// Nothing of an answer leaves before the log has what feedback on it will be credited by.
    private static func ready(
        _ serving: consuming Serving, _ held: consuming Held, _ actions: inout ExchangeActions
    ) -> Self {
        guard !serving.isWritten else { return release(serving, held, &actions) }
        actions.append(.awaitLog)
        return .held(serving, held)
    }

    private static func release(
        _ serving: consuming Serving, _ held: consuming Held, _ actions: inout ExchangeActions
    ) -> Self {
        switch held {
        case .answer(let answer, let arm):
            actions.append(.finish(serving.decided, .answer(answer, arm: arm.armID)))
            return .over
        case .refusal(let error):
            if serving.isHeadOut {
                var error = error
                error.decisionID = serving.decided.decision.id
                actions.append(.write(serving.inbound.brokenEnding(error, after: nil)))
                actions.append(.finish(serving.decided, .brokenSilence(error)))
            } else {
                actions.append(.finish(serving.decided, .refusal(error)))
            }
            return .over
        case .stream(let asked, let bytes):
            serving.beginStream(asked.arm, completionID: asked.summary?.id, &actions)
            actions.append(.write(bytes))
            actions.append(.flush)
            return .streaming(serving, asked)
        case .ended(let ended):
            serving.beginStream(ended.arm, completionID: ended.completionID, &actions)
            return finish(serving, ended, &actions)
        }
    }

    private static func complete(
        _ asked: consuming Asked, _ bytes: ByteBuffer, _ actions: inout ExchangeActions
    ) -> EndedStream {
        let summary = asked.summary ?? StreamSummary()
        asked.end(.streamed(summary), &actions)
        return EndedStream(arm: asked.arm, completionID: summary.id, status: .ok, bytes: bytes)
    }

    private static func abort(
        _ asked: consuming Asked, _ bytes: ByteBuffer, _ fault: UpstreamFault, _ inbound: any InboundDialect,
        _ actions: inout ExchangeActions
    ) -> EndedStream {
        let summary = asked.summary ?? StreamSummary()
        asked.end(.broke(summary, fault), &actions)
        var bytes = bytes
        bytes.writeImmutableBuffer(inbound.brokenEnding(.brokenStream(fault), after: summary))
        return EndedStream(arm: asked.arm, completionID: summary.id, status: .error, bytes: bytes)
    }

    private static func finish(
        _ serving: consuming Serving, _ ended: consuming EndedStream, _ actions: inout ExchangeActions
    ) -> Self {
        actions.append(.write(ended.bytes))
        actions.append(
            .finish(
                serving.decided, .stream(ended.status, arm: ended.arm.armID, completionID: ended.completionID)))
        return .over
    }

    /// The client is gone: what was served until now is booked.
    private static func leave(
        _ serving: consuming Serving, _ asked: consuming Asked?, servedArm: String? = nil,
        _ actions: inout ExchangeActions
    ) -> Self {
        let summary = asked?.summary
        asked?.end(.cancelled(summary), &actions)
        actions.append(.finish(serving.decided, .left(servedArm: servedArm, completionID: summary?.id)))
        return .over
    }
}

extension ChatExchange.Serving {
    /// Where another arm serves than the one drawn, nothing of its answer leaves before the log says so: whenever the router is killed, the
    /// reward goes to the arm that served.
    fileprivate func announce(
        _ arm: any AskedArm, completionID: String?, _ actions: inout ExchangeActions
    ) {
        guard !isAnnounced, decided.decision.arm != arm.armID else { return }
        isAnnounced = true
        // It is written after the decision, so that there is one thing to wait for.
        isWritten = false
        actions.append(.announce(decided, arm: arm.armID, completionID: completionID))
    }

    fileprivate func beginStream(
        _ arm: any AskedArm, completionID: String?, _ actions: inout ExchangeActions
    ) {
        actions.append(
            .beginStream(
                decided, arm, completionID: completionID, announces: !isAnnounced, isHeadOut: isHeadOut))
        isAnnounced = true
    }

    /// Gives the client a sign of life. Its head names the decision: it waits for the log like everything else.
    fileprivate func keepAlive(_ actions: inout ExchangeActions) {
        owesKeepAlive = !isWritten
        guard isWritten else { return actions.append(.awaitLog) }
        actions.append(.keepAlive(decided, isFirst: !isHeadOut))
        isHeadOut = true
    }
}
