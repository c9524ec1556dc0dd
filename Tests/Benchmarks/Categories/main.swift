import Foundation
import QueryCategories

/// What telling one prompt's category costs, without reading it from anywhere: for `compare.py`, which shows it beside scikit-learn.
///
///     swift run -c release CategoryBenchmark FILE     # FILE: text, cut into prompts of 2,048 bytes
///
/// Prints one JSON object; times are CPU microseconds a prompt, the best of the rounds.
let promptBytes = 2_048
let promptLimit = 1_000
let rounds = 12

guard CommandLine.arguments.count == 2, let text = FileManager.default.contents(atPath: CommandLine.arguments[1]),
    text.count >= promptBytes
else {
    FileHandle.standardError.write(Data("usage: CategoryBenchmark FILE (of at least 2,048 bytes)\n".utf8))
    exit(2)
}
let prompts = (0..<min(promptLimit, text.count / promptBytes)).map { number in
    String(decoding: text[(number * promptBytes)..<((number + 1) * promptBytes)], as: UTF8.self)
}

func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// CPU microseconds a prompt; the sum of what the body returns keeps it from being left out.
func time(_ body: (String) -> Int) -> Double {
    var best = Double.infinity
    var sum = 0
    for _ in 0..<rounds {
        let start = cpuSeconds()
        for prompt in prompts { sum &+= body(prompt) }
        best = min(best, (cpuSeconds() - start) / Double(prompts.count))
    }
    return sum == .min ? .nan : best * 1e6
}

let categorizer = try Categorizer(categories: DefaultTaxonomy.categories)
let featurizer = TextFeaturizer()
let whole = time { prompt in
    (try? categorizer.classify(QueryFeatures(userText: prompt, byteCount: prompt.utf8.count)))?.category ?? 0
}
let classifier = time { categorizer.memberships(of: $0)?.count ?? 0 }
let features = time { featurizer.features(of: $0).count }
print(
    String(
        format: "{\"prompts\":%d,\"whole_us\":%.1f,\"classifier_us\":%.1f,\"features_us\":%.1f}", prompts.count, whole,
        classifier, features))
