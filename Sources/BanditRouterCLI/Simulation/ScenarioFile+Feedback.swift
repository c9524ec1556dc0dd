import BanditCore
import PolicySimulator

extension ScenarioFile {
    mutating func takeFeedback(_ node: StrictNode?) {
        guard let section = node?.section(keys: ["rate", "delay_rounds", "noise", "poisoning"]) else { return }
        if let rate = section["rate"]?.share() {
            feedback.rate = rate
            givesFeedbackRate = true
        }
        if let delay = section["delay_rounds"] {
            givesFeedbackDelay = true
            if delay.isScalar {
                let rounds = delay.integer(
                    in: 0...1_000_000_000, "a whole number of at least 0, or { geometric: MEAN }")
                feedback.delay = .fixed(rounds ?? 0)
            } else if let mean = delay.section(keys: ["geometric"])?.required("geometric")?.positive() {
                feedback.delay = .geometric(mean: mean)
            }
        }
        if let noise = section["noise"]?.section(keys: ["flip", "deviation"]) {
            if let flip = noise["flip"]?.share() { feedback.noise = .flip(flip) }
            if let deviation = noise["deviation"]?.atLeastZero() { feedback.noise = .gaussian(deviation) }
            if noise["flip"] != nil, noise["deviation"] != nil {
                noise.report("deviation", "only one of flip and deviation can be given")
            }
        }
        for item in section["poisoning"]?.items("a list of poisonings") ?? [] {
            guard let own = item.section(keys: ["arm", "share", "value", "from", "until"]) else { continue }
            let round = "a whole number of at least 0"
            let from = own["from"]?.integer(in: 0...Int.max, round) ?? 0
            let until = own["until"]?.integer(in: from...Int.max, "a whole number, not before “from”") ?? .max
            poisonings.append(
                NamedPoisoning(
                    arm: own["arm"]?.string("an arm"), line: item.line, path: "\(item.path).arm",
                    share: own.required("share")?.share() ?? 0, value: own.required("value")?.share() ?? 0,
                    rounds: from..<max(from, until)))
        }
    }

    mutating func takePerturbations(_ node: StrictNode) {
        for item in node.items("a list of perturbations") ?? [] {
            let keys = ["at", "until", "arm", "price", "score", "latency", "add", "remove", "mix"]
            guard let section = item.section(keys: keys) else { continue }
            let round = "a whole number of at least 0"
            guard let at = section.required("at")?.integer(in: 0...Int.max, round) else { continue }
            let until = section["until"].flatMap { $0.integer(in: at...Int.max, "a whole number, not before “at”") }
            func add(_ at: Int, _ change: NamedPerturbation.Change) {
                perturbations.append(NamedPerturbation(at: at, line: item.line, path: item.path, change: change))
            }
            var changes = 0
            for (key, make) in Self.factors {
                guard let value = section[key] else { continue }
                changes += 1
                guard let arm = section.required("arm")?.string("an arm"), let factor = Self.factor(value) else {
                    continue
                }
                add(at, make(arm, factor))
                if let until { add(until, make(arm, 1)) }
            }
            if let arm = section["add"]?.string("an arm") {
                changes += 1
                add(at, .add(arm))
                if let until { add(until, .remove(arm)) }
            }
            if let arm = section["remove"]?.string("an arm") {
                changes += 1
                add(at, .remove(arm))
                if let until { add(until, .add(arm)) }
            }
            if let mix = section["mix"]?.openSection("a weight for every category") {
                changes += 1
                let weights = mix.map { (category: $0.key, weight: $0.value.atLeastZero() ?? 1, line: $0.value.line) }
                add(at, .mix(weights))
                if until != nil { add(until ?? at, .mix([])) }
            }
            if changes == 0 {
                item.report("changes nothing: give price, score or latency with an arm, or add, remove or mix")
            }
        }
    }

    private static let factors: [(String, @Sendable (String, Double) -> NamedPerturbation.Change)] = [
        ("price", { .cost($0, $1) }), ("score", { .score($0, $1) }), ("latency", { .latency($0, $1) }),
    ]

    /// `0.75x`.
    private static func factor(_ node: StrictNode) -> Double? {
        guard let text = node.text(), text.hasSuffix("x"), let factor = Double(text.dropLast()), factor.isFinite,
            factor >= 0
        else {
            node.mismatch("a factor such as 0.75x")
            return nil
        }
        return factor
    }
}
