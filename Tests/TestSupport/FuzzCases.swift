import Foundation

/// Inputs of a test that makes them at random; `BANDIT_ROUTER_FUZZ_CASES` asks for more than every run of the tests can afford.
package let fuzzCases = ProcessInfo.processInfo.environment["BANDIT_ROUTER_FUZZ_CASES"].flatMap(Int.init) ?? 20_000
