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
    private var routes = ByteDictionary()
    /// The rewards as they are written, of good and of bad lines.
    private(set) var writtenRewards = WrittenRewards()
    /// What is wrong with the line, as far as one fault does not hide the next.
    private(set) var faults: [RowFault] = []
    /// Where the arm is in its list.
    private var slot: Int?
    /// How far sums of the line's probabilities were off.
    private var off = 0.0

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

    /// Adds the line's decision to the builder, or fills ``faults``.
    ///
    /// - Returns: whether the line is good.
    mutating func parse(_ line: LineReader.Line, into builder: inout DecisionLogBuilder) -> Bool {
        faults.removeAll(keepingCapacity: true)
        do throws(RowFault) { try read(line, into: &builder) } catch { faults.append(error) }
        return faults.isEmpty
    }

    private mutating func read(_ line: LineReader.Line, into builder: inout DecisionLogBuilder) throws(RowFault) {
        guard !line.isTooLong else {
            throw RowFault(field: "line", .size, reason: "longer than \(LineReader.maximumLineBytes) bytes")
        }
        try Self.checkEncoding(line.bytes)
        var cursor = JSONCursor(line.bytes)
        var head = Head()
        row = DecisionLogBuilder.Row()
        row.line = line.number
        hasProbabilities = false
        seen = 0
        off = 0
        guard cursor.peek() == 0x7b else {
            throw RowFault(field: "line", .syntax, reason: "not a JSON object")
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
            throw RowFault(
                field: "line", .encoding,
                reason: "not valid UTF-8; if it is Latin-1 or a Windows encoding, "
                    + "`iconv -f WINDOWS-1252 -t UTF-8 FILE > FILE.utf8` makes UTF-8 of it")
        }
    }

    private static func field(_ cursor: JSONCursor, _ key: JSONCursor.Text) -> (Field, StaticString) {
        if key.isEscaped {
            // Escaped letters are letters: "r\u0065ward" is the reward.
            guard let name = try? cursor.unescaped(key, "line") else { return (.other, "line") }
            return name.withUnsafeBufferPointer { plain in
                field(JSONCursor(plain), plain: JSONCursor.Text(start: 0, count: plain.count, isEscaped: false))
            }
        }
        return field(cursor, plain: key)
    }

    @inline(__always)
    private static func field(_ cursor: JSONCursor, plain key: JSONCursor.Text) -> (Field, StaticString) {
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
        if key.isEscaped, !cursor.hasGoodEscapes(key) { _ = try cursor.unescaped(key, "line") }
        let (field, name) = Self.field(cursor, key)
        if field != .other {
            guard seen & (1 << field.rawValue) == 0 else {
                throw RowFault(field: "\(name)", .duplicate, reason: "appears twice")
            }
            seen |= 1 << field.rawValue
        }
        try cursor.take(0x3a, "\(name)")
        _ = cursor.peek()
        let start = cursor.position
        do throws(RowFault) {
            try parseValue(field, name, key, &cursor, &head)
        } catch {
            // A value of the wrong kind hides nothing of what follows.
            guard error.sort == .type || error.sort == .range else { throw error }
            cursor.rewind(to: start)
            guard (try? cursor.skipValue("line")) != nil else { throw error }
            faults.append(error)
        }
    }

    private mutating func parseValue(
        _ field: Field, _ name: StaticString, _ key: JSONCursor.Text, _ cursor: inout JSONCursor, _ head: inout Head
    ) throws(RowFault) {
        switch field {
        case .decisionID: head.id = try cursor.takeName("\(name)")
        case .arm: head.arm = try Self.arm(&cursor)
        case .time: head.time = try Self.optionalTime(&cursor, name)
        case .category: head.category = try Self.optionalName(&cursor, name)
        case .kind: head.kind = try Self.optionalName(&cursor, name)
        case .servedArm: head.servedArm = try Self.optionalName(&cursor, name)
        case .session: head.session = try Self.optionalName(&cursor, name)
        case .route: head.route = try Self.optionalName(&cursor, name)
        case .rewardTime: head.rewardTime = try Self.optionalTime(&cursor, name)
        case .propensity: row.propensity = try cursor.takeOptionalNumber("\(name)")
        case .reward:
            row.reward = try cursor.takeReward("\(name)")
            writtenRewards.add(row.reward)
        case .cost: row.costUSD = try cursor.takeOptionalNumber("\(name)")
        case .latency: row.latencyMS = try cursor.takeOptionalNumber("\(name)")
        case .arms:
            guard cursor.peek() == 0x5b else {
                throw cursor.mustBe("the list of names one of which was drawn", "arms")
            }
            let start = cursor.position
            try cursor.skipValue("arms")
            head.arms = (start, cursor.position - start)
        case .probabilities:
            hasProbabilities = !cursor.takeNull()
            guard hasProbabilities else { return }
            guard cursor.peek() == 0x5b else {
                throw cursor.mustBe("a list of numbers in the order of arms", "probabilities")
            }
            try Self.takeNumbers(&cursor, &probabilities, "probabilities")
        case .targets:
            // Read when the arms are known.
            if !cursor.takeNull() {
                guard cursor.peek() == 0x7b else {
                    throw cursor.mustBe("an object of names and lists of numbers", "target_probabilities")
                }
                head.targetsAt = cursor.position
                try cursor.skipValue("target_probabilities")
            }
        case .other:
            let word = UnsafeBufferPointer(start: cursor.base + key.start, count: key.count)
            try cursor.skipValue(String(decoding: word, as: UTF8.self))
        }
    }

    private static func arm(_ cursor: inout JSONCursor) throws(RowFault) -> JSONCursor.Text {
        guard cursor.peek() != 0x5b else {
            throw RowFault(
                field: "arm", .type,
                reason: "must be a string, is a list: a decision draws one arm, and slates cannot be judged")
        }
        return try cursor.takeName("arm")
    }

    private static func optionalName(_ cursor: inout JSONCursor, _ name: StaticString) throws(RowFault)
        -> JSONCursor.Text?
    {
        cursor.takeNull() ? nil : try cursor.takeName("\(name)")
    }

    private static func optionalTime(_ cursor: inout JSONCursor, _ name: StaticString) throws(RowFault)
        -> JSONCursor.Text?
    {
        cursor.takeNull() ? nil : try cursor.takeTime("\(name)")
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
        note(.decisionID, isMissing: head.id == nil, "decision_id")
        note(.arms, isMissing: head.arms == nil, "arms")
        note(.arm, isMissing: head.arm == nil, "arm")
        if head.id?.count == 0 { faults.append(RowFault(field: "decision_id", .missing, reason: "empty")) }
        let place = noting(nil as Int?) { parser throws(RowFault) in
            try head.arms.map { at throws(RowFault) in try parser.knownArms(cursor, at) }
        }
        let isRounded = checkNumbers(cursor, head, place, builder.options)
        if let kind = head.kind {
            row.kind = noting(.fresh) { parser throws(RowFault) in try Self.kind(cursor, kind) }
        }
        let time = time(cursor, head.time, "time")
        row.timeMicroseconds = time?.microseconds ?? 0
        row.rewardTimeMicroseconds = self.time(cursor, head.rewardTime, "reward_time")?.microseconds ?? 0
        guard let id = head.id, let place, let slot = self.slot else { return }
        let servedSlot = try head.servedArm.map { text throws(RowFault) in try position(of: text, cursor, in: place) }
        try readTargets(cursor, head.targetsAt, armCount: known[place].names.count, into: &builder)
        guard faults.isEmpty else { return }
        let identity = try Self.identity(cursor, id, "decision_id")
        try builder.insert(identity, line: row.line)
        row.identity = identity.low
        var route: Int?
        if let text = head.route {
            route = try Self.index(cursor, text, "route", &routes) { builder.route($0) }
        }
        builder.countContents(row, route: route)
        guard builder.wants(route: route) else { return }
        if off > 0 || isRounded { builder.countRounded(off) }
        if time?.isZoneAssumed == true { builder.countTimeWithoutZone() }
        resolve(place, into: &builder)
        row.armList = known[place].list!
        if let text = head.category {
            row.category = try Self.index(cursor, text, "category", &categories) { builder.category($0) }
        } else {
            row.category = builder.category("")
        }
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

    /// The value, or after a fault, which is kept, the fallback.
    @inline(__always)
    private mutating func noting<T>(_ fallback: T, _ body: (inout Self) throws(RowFault) -> T) -> T {
        do throws(RowFault) { return try body(&self) } catch {
            faults.append(error)
            return fallback
        }
    }

    private mutating func note(_ field: Field, isMissing: Bool, _ name: StaticString) {
        guard isMissing, seen & (1 << field.rawValue) == 0 else { return }
        faults.append(RowFault(field: "\(name)", .missing, reason: "missing"))
    }

    /// Checks what is number in the row, as far as the arms are known.
    ///
    /// - Returns: whether the propensity is one that was rounded.
    private mutating func checkNumbers(
        _ cursor: JSONCursor, _ head: Head, _ place: Int?, _ options: DecisionLogBuilder.Options
    ) -> Bool {
        let scale = options.rewardScale
        row.reward = noting(.nan) { parser throws(RowFault) in try scale.reward(parser.row.reward) }
        noting(()) { parser throws(RowFault) in
            try RowRules.check(notNegative: parser.row.costUSD, field: "cost_usd")
        }
        noting(()) { parser throws(RowFault) in
            try RowRules.check(notNegative: parser.row.latencyMS, field: "latency_ms")
        }
        slot = nil
        guard let place, let arm = head.arm else { return false }
        slot = noting(nil) { parser throws(RowFault) in
            if let slot = try parser.position(of: arm, cursor, in: place) { return slot }
            throw RowFault(
                field: "arm", .unknownName, reason: "\"\(try cursor.string(arm, "arm"))\" is not one of the arms")
        }
        guard let slot else { return false }
        row.slot = slot
        guard options.propensities == .logged else {
            row.propensity = .nan
            hasProbabilities = false
            faults.removeAll { $0.field == "propensity" || $0.field == "probabilities" }
            return false
        }
        guard !faults.contains(where: { $0.field == "propensity" || $0.field == "probabilities" }) else { return false }
        return noting(false) { parser throws(RowFault) in try parser.settle(slot, in: place) }
    }

    private mutating func settle(_ slot: Int, in place: Int) throws(RowFault) -> Bool {
        var written = Double.nan
        if hasProbabilities {
            if slot < probabilities.count { written = probabilities[slot] }
            off = try DecisionLogBuilder.settle(
                &probabilities, armCount: known[place].names.count, field: "probabilities")
        }
        let propensity = try RowRules.propensity(
            row.propensity, written: written, probability: hasProbabilities ? probabilities[slot] : .nan)
        row.propensity = propensity.value
        return propensity.isRounded
    }

    private static func kind(_ cursor: JSONCursor, _ kind: JSONCursor.Text) throws(RowFault) -> LoggedDecision.Kind {
        let text = try cursor.string(kind, "kind")
        if let value = LoggedDecision.Kind(rawValue: text) { return value }
        throw RowFault(field: "kind", .unknownName, reason: "\"\(text)\" is none of fresh, sticky, pinned")
    }

    private mutating func time(_ cursor: JSONCursor, _ text: JSONCursor.Text?, _ field: StaticString) -> LoggedTime? {
        guard let text else { return nil }
        let bytes = UnsafeBufferPointer(start: cursor.base + text.start, count: text.count)
        if let value = LoggedTime(bytes) { return value }
        let written = (try? cursor.string(text, "")) ?? ""
        faults.append(
            RowFault(field: "\(field)", .time, reason: "\"\(written)\" is not a time (\(LoggedTime.wanted))"))
        return nil
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
                let text = try cursor.takeName("arms")
                let name = Array(try cursor.string(text, "arms").utf8)
                guard !name.isEmpty else { throw RowFault(field: "arms", .missing, reason: "a name is empty") }
                guard !names.contains(name) else {
                    throw RowFault(
                        field: "arms", .duplicate, reason: "\"\(String(decoding: name, as: UTF8.self))\" appears twice")
                }
                names.append(name)
            } while cursor.takeIf(0x2c)
        }
        guard !names.isEmpty else { throw RowFault(field: "arms", .missing, reason: "empty") }
        guard names.count <= 65_535 else { throw RowFault(field: "arms", .size, reason: "more than 65535 names") }
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

    /// The index of a name, known by its bytes from the second time on.
    private static func index(
        _ cursor: JSONCursor, _ text: JSONCursor.Text, _ field: @autoclosure () -> String,
        _ known: inout ByteDictionary, _ make: (String) -> Int
    ) throws(RowFault) -> Int {
        let bytes = UnsafeBufferPointer(start: cursor.base + text.start, count: text.count)
        if let index = known[bytes] { return index }
        let index = make(try cursor.string(text, field()))
        known.insert(bytes, index)
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
                throw RowFault(field: "target_probabilities.\(name)", .duplicate, reason: "appears twice")
            }
            guard cursor.peek() == 0x5b else {
                throw cursor.mustBe("a list of numbers in the order of arms", "target_probabilities.\(name)")
            }
            try Self.takeNumbers(&cursor, &targets[index], "target_probabilities.\(name)")
            let change = try DecisionLogBuilder.settle(
                &targets[index], armCount: armCount, field: "target_probabilities.\(name)")
            off = max(off, change)
        } while cursor.takeIf(0x2c)
    }
}
