import Dispatch
import RoutingEngine
import Synchronization

/// Connections that only read. They never wait for the writer, nor it for them: each sees the log as of its first statement.
final class Readers: Sendable {
    private let lanes: [Lane]
    private let next = Atomic<Int>(0)

    init(path: String, options: StoreOptions, count: Int = 2) {
        lanes = (0..<count).map { Lane(path: path, options: options, label: "store reader \($0)") }
    }

    /// Runs `body` in one reading transaction on a thread that may block.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (LogReader) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let lane = lanes[next.wrappingAdd(1, ordering: .relaxed).oldValue % lanes.count]
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            lane.queue.async { continuation.resume(returning: lane.perform(body)) }
        }
        return try result.get()
    }

    /// Closes the connections; later reads open new ones.
    func close() {
        for lane in lanes { lane.queue.sync { lane.reader = nil } }
    }

    /// Reads rewards by other rules from now on.
    func reload(_ options: StoreOptions) {
        for lane in lanes {
            lane.queue.sync {
                lane.options = options
                lane.reader = nil
            }
        }
    }

    /// A connection and the queue that it belongs to, hence `@unchecked`.
    private final class Lane: @unchecked Sendable {
        let queue: DispatchQueue
        var reader: LogReader?
        private let path: String
        var options: StoreOptions

        init(path: String, options: StoreOptions, label: String) {
            queue = DispatchQueue(label: label, qos: .utility)
            self.path = path
            self.options = options
        }

        func perform<Value>(_ body: (LogReader) throws(StoreError) -> Value) -> Result<Value, StoreError> {
            do throws(StoreError) {
                let reader = if let open = self.reader { open } else { try LogReader(path: path, options: options) }
                self.reader = reader
                return .success(try reader.transaction(body))
            } catch {
                // The file may be another one by now.
                reader = nil
                return .failure(error)
            }
        }
    }
}

/// One connection that only reads, with the names it has met.
final class LogReader {
    let connection: Connection
    let rule: RewardRule
    let feedbackSalt: UInt64
    private var names = NameTable()

    init(path: String, options: StoreOptions) throws(StoreError) {
        connection = try Connection(path: path, access: .reading, busyTimeoutMS: 2000)
        rule = try RewardRule(options) { [connection] text throws(StoreError) in
            // A metric that the log does not know has no values.
            try Self.number(text, connection) ?? -1
        }
        feedbackSalt = UInt64(
            bitPattern: try connection.integer("SELECT value FROM meta WHERE key = 'feedback_salt'") ?? 0)
    }

    func transaction<Value>(
        _ body: (LogReader) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        try connection.statement("BEGIN").run()
        do throws(StoreError) {
            let value = try body(self)
            try connection.statement("COMMIT").run()
            return value
        } catch {
            connection.rollBack()
            throw error
        }
    }

    /// The name of a number; names never change.
    func name(_ number: Int) throws(StoreError) -> String {
        if let known = names.text(number) { return known }
        let select = try connection.statement("SELECT text FROM name WHERE id = ?")
        select.bind(1, number)
        defer { select.reset() }
        guard try select.step() else {
            throw StoreError(.damaged, "store \(connection.path): name \(number) is missing")
        }
        let text = select.text(0)
        names.remember(text, as: number)
        return text
    }

    /// The number of a name; nil where the log does not know it.
    func number(_ name: String) throws(StoreError) -> Int? {
        if let known = names.number(name) { return known }
        return try Self.number(name, connection)
    }

    private static func number(_ name: String, _ connection: Connection) throws(StoreError) -> Int? {
        let select = try connection.statement("SELECT id FROM name WHERE text = ?")
        select.bind(1, name)
        defer { select.reset() }
        return try select.step() ? select.int(0) : nil
    }
}
