package import NIOCore

/// What was asked of the simulated provider, as it came.
package struct RecordedCall: Sendable {
    package enum State: String, Sendable {
        case running, complete, disconnected
        /// Ended by the plan's fault.
        case faulted
    }

    package let index: Int
    package let path: String
    /// In the order they came, names in lower case; a name that came twice is there twice.
    package let headers: [(name: String, value: String)]
    package let body: ByteBuffer
    /// As asked for, suffix included; empty where the body names none.
    package let model: String
    package let isStream: Bool
    package var state = State.running

    /// The value of the first header of this name, in whatever case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name == name.lowercased() }?.value
    }
}
