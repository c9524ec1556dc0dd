import DecisionStore
import Logging
import RoutingEngine

/// Says once in the log what a wrong clock does, and once that it is over.
struct ClockAlarms {
    private var pause: RetentionPause?
    private var cells: Set<CellName> = []

    /// Cells named in one entry of the log.
    private static let named = 20

    mutating func look(_ runtime: RouterRuntime, _ logger: Logger) {
        let pause = runtime.store.retentionPause
        if pause != self.pause {
            if let pause, self.pause == nil {
                logger.error(
                    "Nothing is deleted by age until the clock has run evenly for a day.",
                    metadata: ["reason": "\(pause.text)"])
            } else if pause == nil {
                logger.notice("The clock is believed again: decisions are deleted by age as configured.")
            }
            self.pause = pause
        }
        let cells = runtime.engine.published.cellsAhead
        guard cells.count != self.cells.count || !cells.allSatisfy(self.cells.contains) else { return }
        self.cells = Set(cells)
        if cells.isEmpty {
            logger.notice("No cell holds observations from after now any more.")
        } else {
            logger.error(
                "Cells hold observations from after now, which cannot be weighed: a clock was wrong. They count as if made now, or not.",
                metadata: [
                    "count": "\(cells.count)",
                    "cells": "\(cells.prefix(Self.named).map(\.description).joined(separator: " "))",
                ])
        }
    }
}

extension RetentionPause {
    var text: String {
        switch self {
        case .clockJumped(let microseconds): "the clock went \(Self.days(microseconds)) days another way than uptime"
        case .entriesAhead(let microseconds):
            "the newest entries of the log are of \(Self.days(microseconds)) days from now"
        }
    }

    private static func days(_ microseconds: Timestamp) -> String {
        let tenths = (Double(microseconds) / 8_640_000_000).rounded()
        return "\(tenths / 10)"
    }
}
