import Foundation
package import Logging
import WireFormats

/// Writes what the router says of itself as an object a line, to stderr.
package struct JSONLogHandler: LogHandler {
    package var logLevel = Logger.Level.info
    package var metadata: Logger.Metadata = [:]
    private let label: String
    private let output: @Sendable ([UInt8]) -> Void

    package init(
        label: String, output: @escaping @Sendable ([UInt8]) -> Void = { FileHandle.standardError.write(Data($0)) }
    ) {
        self.label = label
        self.output = output
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var json = JSONBytes()
        json.object { json in
            json.member("time", RFC3339.exactText(microseconds: WallClock.now()))
            json.member("level", event.level.rawValue)
            json.member("message", event.message.description)
            json.member("logger", label)
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            for (name, value) in all.sorted(by: { $0.key < $1.key }) { json.member(name, value.description) }
        }
        output(json.bytes + [0x0A])
    }
}
