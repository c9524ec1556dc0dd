// Does the time an answer takes tell how much of a guessed key is right?
//
//     swift run -c release KeyTiming [measurements for each key, default 20000]
//
// As in dudect (Reparaz, Balasch and Verbauwhede 2017) two classes of guesses are timed in random order and the slowest
// measurements cropped. But a text that is seen again and again is handled a nanosecond faster or slower than another one, whosever
// key it is; so the whole is done for many keys, each with a decoy of its own, and Student's t is that of the keys' differences:
// with 40 keys |t| above 4.5 is a false alarm once in 16,000 runs. A comparison that does leak, up to the first difference, is
// measured the same way: where that is not found, the run says nothing and ends with 2. Exit 1: a leak.

import BanditCore
import DecisionStore
import Digests
import Gateway
import Glibc

let measurements = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 20_000
let keyCount = 40
let threshold = 4.5
var random = Xoshiro256StarStar(seed: 20_261_121)
/// So that no work is optimised away.
var blackHole = 0

/// Key texts are `br-` and 43 characters of base64url.
let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
let (first, last) = (3, 45)

/// Some key's text with another character at a place.
@MainActor
func guess(_ key: [UInt8], differingAt place: Int) -> [UInt8] {
    var changed = key
    while changed[place] == key[place] { changed[place] = alphabet[Int(random.next() >> 58)] }
    return changed
}

func header(_ key: [UInt8]) -> String { "Bearer " + String(decoding: key, as: UTF8.self) }

let hashing = KeyHashing(secret: SystemRandom.bytes(32))

func makeKey() -> (text: [UInt8], key: APIKey) {
    let (text, key) = hashing.make(
        name: "timing", scopes: [.chat], group: nil, limits: KeyLimits(), createdAt: 0, expiresAt: nil)
    return (Array(text.utf8), key)
}

let good = (0..<keyCount).map { _ in makeKey() }
/// Nobody's keys.
let decoys = (0..<keyCount).map { _ in makeKey().text }
let ring = KeyRing(hashing: hashing)
ring.replace(with: KeySet(keys: good.map(\.key) + (0..<1000).map { _ in makeKey().key }, everHadKeys: true))

func nanoseconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

/// How much longer guesses of the second class take than those of the first, nanoseconds.
///
/// - Parameter repeats: calls for each measurement: one is too short for the clock.
@MainActor
func difference<Guess>(repeats: Int, _ classes: [() -> Guess], _ work: (Guess) -> Void) -> Double {
    var times: [[Double]] = [[], []]
    while times[0].count + times[1].count < measurements {
        // Fresh guesses again and again, all made the same way, so that where they lie in memory says nothing of their class.
        let pool = (0..<512).map { _ in
            let kind = Int(random.next() >> 63)
            return (kind, classes[kind]())
        }
        for _ in 0..<pool.count * 4 {
            let (kind, guess) = pool[Int(random.next() >> 55)]
            let start = nanoseconds()
            for _ in 0..<repeats { work(guess) }
            times[kind].append((nanoseconds() - start) / Double(repeats))
        }
    }
    // Interrupts and other processes make a long tail that says nothing of the key.
    let cut = (times[0] + times[1]).sorted()[(times[0].count + times[1].count) * 9 / 10]
    let means = times.map { all in
        let kept = all.filter { $0 <= cut }
        return kept.reduce(0, +) / Double(kept.count)
    }
    return means[1] - means[0]
}

/// Prints the mean of the keys' differences with its interval; returns |t|.
@MainActor
func test(_ name: String, _ differenceOfKey: (Int) -> Double) -> Double {
    let differences = (0..<keyCount).map(differenceOfKey)
    let mean = differences.reduce(0, +) / Double(keyCount)
    let variance = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(keyCount - 1)
    let error = (variance / Double(keyCount)).squareRoot()
    func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
    // 2.02: the 97.5th percentile of Student's t with 39 degrees of freedom.
    print("\(name): \(rounded(mean)) ns ± \(rounded(2.02 * error)) (95 %), t = \(rounded(mean / error))")
    return abs(mean / error)
}

/// Up to the first difference.
@inline(never)
func leakyComparison(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard a.count == b.count else { return false }
    for index in a.indices where a[index] != b[index] { return false }
    return true
}

@MainActor
func attempt(_ guess: String, _ memory: inout KeyMemory) {
    if (try? ring.identify(authorization: guess, now: 0, memory: &memory)) != nil { blackHole += 1 }
}

let control = test("control, a comparison that stops at the first difference") { key in
    let text = good[key].text
    return difference(
        repeats: 16, [{ guess(text, differingAt: first) }, { guess(text, differingAt: last) }]
    ) { if leakyComparison($0, text) { blackHole += 1 } }
}

let lookup = test("key table, guesses that are nearly nobody's key and nearly a good one") { key in
    difference(
        repeats: 4,
        [{ header(guess(decoys[key], differingAt: last)) }, { header(guess(good[key].text, differingAt: last)) }]
    ) {
        var memory = KeyMemory()
        attempt($0, &memory)
    }
}

let remembered = test("key remembered by a connection, guesses that differ at the first and at the last character") {
    key in
    let text = good[key].text
    var memory = KeyMemory()
    attempt(header(text), &memory)
    return difference(
        repeats: 4, [{ header(guess(text, differingAt: first)) }, { header(guess(text, differingAt: last)) }]
    ) { attempt($0, &memory) }
}

// Of all guesses only the good keys themselves were let in.
precondition(blackHole == keyCount, "\(blackHole) guesses were let in")
if control < threshold {
    print("NOT CONCLUSIVE: not even the control's leak was found")
    exit(2)
}
if max(lookup, remembered) > threshold {
    print("NOT MET: the time tells something of the key")
    exit(1)
}
