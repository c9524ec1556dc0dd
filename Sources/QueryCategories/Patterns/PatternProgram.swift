/// A pattern as a non-deterministic automaton over the bytes of UTF-8 (Thompson 1968, doi:10.1145/363347.363387).
struct PatternProgram {
    enum Instruction {
        case bytes(ClosedRange<UInt8>, next: Int)
        case split([Int])
        case assertion(PatternAssertion, next: Int)
        case match
    }

    static let instructionLimit = 10_000

    private(set) var instructions: [Instruction] = [.match]
    private(set) var start = 0

    /// - Throws: `invalid_pattern` when the pattern unrolls to too large an automaton.
    init(_ node: PatternNode, source: String) throws(CategoryError) {
        start = try add(node, next: 0, source)
    }

    /// Compiles backwards: `next` is where the automaton goes on after `node`.
    private mutating func add(_ node: PatternNode, next: Int, _ source: String) throws(CategoryError) -> Int {
        guard instructions.count < Self.instructionLimit else {
            throw CategoryError(.invalidPattern, "invalid pattern '\(source)': it is too large (repetitions multiply)")
        }
        switch node {
        case .empty: return next
        case .characters(let set):
            let branches = set.byteSequences.map { sequence in
                sequence.reversed().reduce(next) { emit(.bytes($1, next: $0)) }
            }
            return branches.count == 1 ? branches[0] : emit(.split(branches))
        case .sequence(let parts):
            var target = next
            for part in parts.reversed() { target = try add(part, next: target, source) }
            return target
        case .either(let branches):
            var targets: [Int] = []
            for branch in branches { targets.append(try add(branch, next: next, source)) }
            return emit(.split(targets))
        case .assertion(let assertion): return emit(.assertion(assertion, next: next))
        case .repeated(let body, let atLeast, let atMost):
            var target = next
            if let atMost {
                for _ in 0..<(atMost - atLeast) {
                    let once = try add(body, next: target, source)
                    target = emit(.split([once, next]))
                }
            } else {
                let loop = emit(.split([]))
                let once = try add(body, next: loop, source)
                instructions[loop] = .split([once, next])
                target = loop
            }
            for _ in 0..<atLeast { target = try add(body, next: target, source) }
            return target
        }
    }

    private mutating func emit(_ instruction: Instruction) -> Int {
        instructions.append(instruction)
        return instructions.count - 1
    }
}

/// What stands on either side of a place between two characters.
struct PatternContext: Hashable {
    var isEdge: Bool
    var isNewline: Bool
    var isWord: Bool

    static let edge = PatternContext(isEdge: true, isNewline: false, isWord: false)
}

/// A set of places in a program, advanced symbol by symbol.
struct PatternStates {
    let program: PatternProgram

    /// The program's places reachable without reading, given what stands before and after; nil when a match is among them.
    func closure(of kernel: [Int], before: PatternContext, after: PatternContext) -> [Int]? {
        var seen = [Bool](repeating: false, count: program.instructions.count)
        var result: [Int] = []
        var stack = kernel
        while let place = stack.popLast() {
            guard !seen[place] else { continue }
            seen[place] = true
            switch program.instructions[place] {
            case .match: return nil
            case .bytes: result.append(place)
            case .split(let targets): stack.append(contentsOf: targets)
            case .assertion(let assertion, let next):
                if Self.holds(assertion, before: before, after: after) { stack.append(next) }
            }
        }
        return result
    }

    /// Where `byte` leads from the places of a closure; the search may start anew everywhere.
    func advance(_ closure: [Int], by byte: UInt8) -> [Int] {
        var result: [Int] = [program.start]
        for place in closure {
            if case .bytes(let range, let next) = program.instructions[place], range.contains(byte), !result.contains(next) {
                result.append(next)
            }
        }
        return result.sorted()
    }

    static func holds(_ assertion: PatternAssertion, before: PatternContext, after: PatternContext) -> Bool {
        switch assertion {
        case .textStart: before.isEdge
        case .textEnd: after.isEdge
        case .lineStart: before.isEdge || before.isNewline
        case .lineEnd: after.isEdge || after.isNewline
        case .wordBoundary: before.isWord != after.isWord
        case .notWordBoundary: before.isWord == after.isWord
        }
    }
}
