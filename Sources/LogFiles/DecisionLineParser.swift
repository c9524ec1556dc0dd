import OffPolicy
import WireFormats

/// Reads one line of a decision log into a builder. Names that come again and again (lists of arms, categories) are known by their
/// bytes: the usual line costs no dictionary and no allocation.
struct DecisionLineParser {
    private var row = DecisionLogBuilder.Row()
    private var probabilities: [Double] = []
    private var hasProbabilities = false
    private var targets: [[Double]] = []
    private var arms: KnownArms?
    private var categories = ByteDictionary()
    private var lists = ByteDictionary()
    private var known: [KnownArms] = []

    /// What one spelling of `arms` means.
    private struct KnownArms {
        var names: [[UInt8]]
        /// Indices in the builder; nil until a valid line needs them.
        var list: Int?
        var indices: [Int] = []
    }

    /// The fields of a line, as bits of what was seen.
    private enum Field: Int {
        case decisionID, time, category, kind, arms, probabilities, arm, propensity, servedArm, reward, cost, latency,
            targets, session, route, rewardTime
        case other
    }

    private var seen = 0

    /// Everything a line says before names are looked up.
    private struct Head {
        var id: JSONCursor.Text?
        var arm: JSONCursor.Text?
        var category: JSONCursor.Text?
        var servedArm: JSONCursor.Text?
        var session: JSONCursor.Text?
        var time: JSONCursor.Text?
        var kind: JSONCursor.Text?
        var route: JSONCursor.Text?
        var rewardTime: JSONCursor.Text?
        var arms: (start: Int, count: Int)?
        var targets: [(name: String, values: [Double])] = []
        var targetsAt: Int?
    }

    mutating func parse(_ line: LineReader.Line, into builder: inout DecisionLogBuilder) throws(RowFault) {
        guard !line.isTooLong else {
            throw RowFault(field: "line", reason: "longer than \(LineReader.maximumLineBytes) bytes")
        }
        try Self.checkEncoding(line.bytes)
        var cursor = JSONCursor(line.bytes)
        var head = Head()
        row = DecisionLogBuilder.Row()
        row.line = line.number
        hasProbabilities = false
        seen = 0
        guard cursor.peek() == 0x7b else {
            throw RowFault(field: "line", reason: "not a JSON object")
        }
        try cursor.take(0x7b, "line")
        if !cursor.takeIf(0x7d) {
            repeat { try parseField(&cursor, &head) } while cursor.takeIf(0x2c)
            try cursor.take(0x7d, "line")
        }
        cursor.skipSpace()
        guard cursor.position == cursor.count else { throw cursor.unexpected("line") }
        try finish(cursor, head, into: &builder)
    }

    private static func checkEncoding(_ bytes: UnsafeBufferPointer<UInt8>) throws(RowFault) {
        var all: UInt64 = 0
        var index = 0
        let raw = UnsafeRawBufferPointer(bytes)
        while index + 8 <= bytes.count {
            all |= raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < bytes.count {
            all |= UInt64(bytes[index]) << 56
            index += 1
        }
        if all & 0x8080_8080_8080_8080 != 0, String(validating: bytes, as: UTF8.self) == nil {
            throw RowFault(field: "line", reason: "not valid UTF-8")
        }
    }

    private static func field(_ cursor: JSONCursor, _ key: JSONCursor.Text) -> (Field, StaticString) {
        func isKey(_ word: StaticString) -> Bool { cursor.bytes(key.start, key.count, equal: word) }
        switch key.count {
        case 3 where isKey("arm"): return (.arm, "arm")
        case 4 where isKey("arms"): return (.arms, "arms")
        case 4 where isKey("kind"): return (.kind, "kind")
        case 4 where isKey("time"): return (.time, "time")
        case 5 where isKey("route"): return (.route, "route")
        case 6 where isKey("reward"): return (.reward, "reward")
        case 8 where isKey("category"): return (.category, "category")
        case 8 where isKey("cost_usd"): return (.cost, "cost_usd")
        case 10 where isKey("propensity"): return (.propensity, "propensity")
        case 10 where isKey("served_arm"): return (.servedArm, "served_arm")
        case 10 where isKey("latency_ms"): return (.latency, "latency_ms")
        case 10 where isKey("session_id"): return (.session, "session_id")
        case 11 where isKey("decision_id"): return (.decisionID, "decision_id")
        case 11 where isKey("reward_time"): return (.rewardTime, "reward_time")
        case 13 where isKey("probabilities"): return (.probabilities, "probabilities")
        case 20 where isKey("target_probabilities"): return (.targets, "target_probabilities")
        default: return (.other, "line")
        }
    }

    private mutating func parseField(_ cursor: inout JSONCursor, _ head: inout Head) throws(RowFault) {
        let key = try cursor.takeText("line")
        if key.isEscaped { _ = try cursor.string(key, "line") }
        let (field, name) = Self.field(cursor, key)
        if field != .other {
            guard seen & (1 << field.rawValue) == 0 else { throw RowFault(field: "\(name)", reason: "appears twice") }
            seen |= 1 << field.rawValue
        }
        try cursor.take(0x3a, "\(name)")
        switch field {
        case .decisionID: head.id = try cursor.takeText("\(name)")
        case .arm: head.arm = try cursor.takeText("\(name)")
        case .time: head.time = try Self.optionalText(&cursor, name)
        case .category: head.category = try Self.optionalText(&cursor, name)
        case .kind: head.kind = try Self.optionalText(&cursor, name)
        case .servedArm: head.servedArm = try Self.optionalText(&cursor, name)
        case .session: head.session = try Self.optionalText(&cursor, name)
        case .route: head.route = try Self.optionalText(&cursor, name)
        case .rewardTime: head.rewardTime = try Self.optionalText(&cursor, name)
        case .propensity: row.propensity = try cursor.takeOptionalNumber("\(name)")
        case .reward: row.reward = try cursor.takeOptionalNumber("\(name)")
        case .cost: row.costUSD = try cursor.takeOptionalNumber("\(name)")
        case .latency: row.latencyMS = try cursor.takeOptionalNumber("\(name)")
        case .arms:
            _ = cursor.peek()
            let start = cursor.position
            guard cursor.peek() == 0x5b else { throw cursor.unexpected("arms") }
            try cursor.skipValue("arms")
            head.arms = (start, cursor.position - start)
        case .probabilities:
            hasProbabilities = !cursor.takeNull()
            if hasProbabilities { try Self.takeNumbers(&cursor, &probabilities, "probabilities") }
        case .targets:
            // Read when the arms are known.
            _ = cursor.peek()
            if !cursor.takeNull() {
                guard cursor.peek() == 0x7b else { throw cursor.unexpected("target_probabilities") }
                head.targetsAt = cursor.position
                try cursor.skipValue("target_probabilities")
            }
        case .other:
            let word = UnsafeBufferPointer(start: cursor.base + key.start, count: key.count)
            try cursor.skipValue(String(decoding: word, as: UTF8.self))
        }
    }

    private static func optionalText(_ cursor: inout JSONCursor, _ name: StaticString) throws(RowFault) -> JSONCursor
        .Text?
    {
        cursor.takeNull() ? nil : try cursor.takeText("\(name)")
    }

    private static func takeNumbers(
        _ cursor: inout JSONCursor, _ values: inout [Double], _ field: @autoclosure () -> String
    ) throws(RowFault) {
        values.removeAll(keepingCapacity: true)
        try cursor.take(0x5b, field())
        if cursor.takeIf(0x5d) { return }
        repeat { values.append(try cursor.takeNumber(field())) } while cursor.takeIf(0x2c)
        try cursor.take(0x5d, field())
    }
}

// MARK: What the fields mean together

extension DecisionLineParser {
    private mutating func finish(_ cursor: JSONCursor, _ head: Head, into builder: inout DecisionLogBuilder)
        throws(RowFault)
    {
        guard let id = head.id else { throw RowFault(field: "decision_id", reason: "missing") }
        guard id.count > 0 else { throw RowFault(field: "decision_id", reason: "empty") }
        guard let armsAt = head.arms else { throw RowFault(field: "arms", reason: "missing") }
        guard let arm = head.arm else { throw RowFault(field: "arm", reason: "missing") }
        let place = try knownArms(cursor, armsAt)
        guard let slot = try position(of: arm, cursor, in: place) else {
            throw RowFault(field: "arm", reason: "\"\(try cursor.string(arm, "arm"))\" is not one of the arms")
        }
        row.slot = slot
        let armCount = known[place].names.count
        if hasProbabilities { try Self.check(probabilities, armCount: armCount, field: "probabilities") }
        row.propensity = try RowRules.propensity(
            row.propensity, probability: hasProbabilities ? probabilities[slot] : .nan)
        try RowRules.check(reward: row.reward)
        try RowRules.check(notNegative: row.costUSD, field: "cost_usd")
        try RowRules.check(notNegative: row.latencyMS, field: "latency_ms")
        if let kind = head.kind {
            let text = try cursor.string(kind, "kind")
            guard let value = LoggedDecision.Kind(rawValue: text) else {
                throw RowFault(field: "kind", reason: "\"\(text)\" is none of fresh, sticky, pinned")
            }
            row.kind = value
        }
        if let time = head.time { row.timeMicroseconds = try Self.microseconds(cursor, time, "time") }
        if let time = head.rewardTime {
            row.rewardTimeMicroseconds = try Self.microseconds(cursor, time, "reward_time")
        }
        let servedSlot = try head.servedArm.map { text throws(RowFault) in try position(of: text, cursor, in: place) }
        try readTargets(cursor, head.targetsAt, armCount: armCount, into: &builder)
        let identity = try Self.identity(cursor, id, "decision_id")
        try builder.insert(identity, line: row.line)
        row.identity = identity.low
        if builder.options.route != nil, let route = head.route {
            guard builder.wants(route: try cursor.string(route, "route")) else { return }
        }
        resolve(place, into: &builder)
        row.armList = known[place].list!
        row.category = try category(cursor, head.category, into: &builder)
        if let servedArm = head.servedArm {
            if let servedSlot, let servedSlot {
                row.servedArm = known[place].indices[servedSlot]
            } else {
                row.servedArm = builder.arm(try cursor.string(servedArm, "served_arm"))
            }
        } else {
            row.servedArm = known[place].indices[slot]
        }
        if let session = head.session {
            row.session = builder.session(try Self.identity(cursor, session, "session_id"))
        }
        if hasProbabilities {
            let row = row
            let targets = targets
            probabilities.withUnsafeBufferPointer { builder.append(row, probabilities: $0, targets: targets) }
        } else {
            builder.append(row, probabilities: nil, targets: targets)
        }
    }

    private static func microseconds(
        _ cursor: JSONCursor, _ time: JSONCursor.Text, _ field: @autoclosure () -> String
    ) throws(RowFault) -> Int64 {
        let bytes = UnsafeBufferPointer(start: cursor.base + time.start, count: time.count)
        if let value = RFC3339.microseconds(bytes) { return value }
        throw RowFault(field: field(), reason: "\"\(try cursor.string(time, field()))\" is not an RFC 3339 time")
    }

    private static func check(_ values: [Double], armCount: Int, field: @autoclosure () -> String) throws(RowFault) {
        var fault: RowFault?
        values.withUnsafeBufferPointer { buffer in
            do throws(RowFault) { try RowRules.check(buffer, armCount: armCount, field: field()) } catch {
                fault = error
            }
        }
        if let fault { throw fault }
    }

    private static func identity(
        _ cursor: JSONCursor, _ text: JSONCursor.Text, _ field: @autoclosure () -> String
    ) throws(RowFault) -> DecisionIdentity {
        if text.isEscaped { return DecisionIdentity(try cursor.string(text, field())) }
        return DecisionIdentity(UnsafeBufferPointer(start: cursor.base + text.start, count: text.count))
    }

    /// The place in `known` of the list of arms spelt there.
    private mutating func knownArms(_ cursor: JSONCursor, _ at: (start: Int, count: Int)) throws(RowFault) -> Int {
        let bytes = UnsafeBufferPointer(start: cursor.base + at.start, count: at.count)
        if let place = lists[bytes] { return place }
        var cursor = cursor
        cursor.rewind(to: at.start)
        try cursor.take(0x5b, "arms")
        var names: [[UInt8]] = []
        if !cursor.takeIf(0x5d) {
            repeat {
                let text = try cursor.takeText("arms")
                let name = Array(try cursor.string(text, "arms").utf8)
                guard !name.isEmpty else { throw RowFault(field: "arms", reason: "a name is empty") }
                guard !names.contains(name) else {
                    throw RowFault(field: "arms", reason: "\"\(String(decoding: name, as: UTF8.self))\" appears twice")
                }
                names.append(name)
            } while cursor.takeIf(0x2c)
        }
        guard !names.isEmpty else { throw RowFault(field: "arms", reason: "empty") }
        guard names.count <= 65_535 else { throw RowFault(field: "arms", reason: "more than 65535 names") }
        known.append(KnownArms(names: names))
        lists.insert(bytes, known.count - 1)
        return known.count - 1
    }

    /// The position of a name in a list of arms; nil when it is not there.
    private func position(of text: JSONCursor.Text, _ cursor: JSONCursor, in place: Int) throws(RowFault) -> Int? {
        if text.isEscaped {
            let name = Array(try cursor.string(text, "arm").utf8)
            return known[place].names.firstIndex(of: name)
        }
        for index in known[place].names.indices where known[place].names[index].count == text.count {
            var isSame = true
            for byte in 0..<text.count where known[place].names[index][byte] != cursor.base[text.start + byte] {
                isSame = false
                break
            }
            if isSame { return index }
        }
        return nil
    }

    private mutating func resolve(_ place: Int, into builder: inout DecisionLogBuilder) {
        guard known[place].list == nil else { return }
        let indices = known[place].names.map { builder.arm(String(decoding: $0, as: UTF8.self)) }
        known[place].indices = indices
        known[place].list = builder.armList(indices)
    }

    private mutating func category(
        _ cursor: JSONCursor, _ text: JSONCursor.Text?, into builder: inout DecisionLogBuilder
    ) throws(RowFault) -> Int {
        guard let text else { return builder.category("") }
        let bytes = UnsafeBufferPointer(start: cursor.base + text.start, count: text.count)
        if let index = categories[bytes] { return index }
        let index = builder.category(try cursor.string(text, "category"))
        categories.insert(bytes, index)
        return index
    }

    private mutating func readTargets(
        _ cursor: JSONCursor, _ at: Int?, armCount: Int, into builder: inout DecisionLogBuilder
    ) throws(RowFault) {
        for index in targets.indices { targets[index].removeAll(keepingCapacity: true) }
        guard let at else { return }
        var cursor = cursor
        cursor.rewind(to: at)
        try cursor.take(0x7b, "target_probabilities")
        if cursor.takeIf(0x7d) { return }
        repeat {
            let key = try cursor.takeText("target_probabilities")
            let name = try cursor.string(key, "target_probabilities")
            try cursor.take(0x3a, "target_probabilities.\(name)")
            if cursor.takeNull() { continue }
            let index = builder.target(name)
            while targets.count <= index { targets.append([]) }
            guard targets[index].isEmpty else {
                throw RowFault(field: "target_probabilities.\(name)", reason: "appears twice")
            }
            try Self.takeNumbers(&cursor, &targets[index], "target_probabilities.\(name)")
            try Self.check(targets[index], armCount: armCount, field: "target_probabilities.\(name)")
        } while cursor.takeIf(0x2c)
    }
}
