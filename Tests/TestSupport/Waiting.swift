import Foundation

/// Runs what blocks on a thread of its own, so that the tasks of the test go on.
package func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        // A queue would have as many threads as cores, and one more for each second that all of them wait.
        Thread { continuation.resume(with: Result { try work() }) }.start()
    }
}

/// Looks again and again until something has become so, for what tells nobody when it does.
///
/// - Returns: whether it came to pass within `limit`.
package func eventually(
    within limit: Duration = .seconds(20), _ condition: () async throws -> Bool
) async throws -> Bool {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while clock.now < deadline {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(10))
    }
    return false
}
