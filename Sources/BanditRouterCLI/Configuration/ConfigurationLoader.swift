import Foundation
package import Gateway

/// The largest file that is read; ten thousand arms fit.
package let configurationSizeLimit = 4 << 20

/// Reads a configuration file: the one entry of every command that takes `--config`.
///
/// - Parameters:
///   - path: the file, relative to the working directory.
///   - environment: what `${NAME}` stands for.
/// - Returns: the configuration with its defaults filled in, and what is dubious about it.
/// - Throws: everything that is wrong with the file, a problem a line.
package func loadConfiguration(
    path: String, environment: [String: String]
) throws(ConfigurationFailure) -> (configuration: RouterConfiguration, warnings: [ConfigurationWarning]) {
    let text: String
    do throws(UnreadableFile) {
        text = try readText(path: path)
    } catch {
        throw ConfigurationFailure(problems: [
            ConfigurationProblem(file: path, line: error.line, reason: error.reason)
        ])
    }
    return try parseConfiguration(text, file: path, environment: environment)
}

/// Reads a configuration from the text of a file.
///
/// - Parameters:
///   - text: the file's contents.
///   - file: what messages call it.
///   - unserved: schema paths of keys that are refused as not supported.
package func parseConfiguration(
    _ text: String, file: String, environment: [String: String],
    unserved: Set<String> = ConfigurationSchema.unserved
) throws(ConfigurationFailure) -> (configuration: RouterConfiguration, warnings: [ConfigurationWarning]) {
    let log = ReadingLog(file: file, environment: environment, unserved: unserved)
    return try decode(text, log: log)
}

/// The keys that the decoder asks for while it reads a text, by schema path: what holds schema and decoder together in
/// the tests.
package func keysAsked(whileReading text: String) -> Set<String> {
    let log = ReadingLog(file: "", environment: [:], unserved: [])
    _ = try? decode(text, log: log)
    return log.askedPaths
}

private func decode(
    _ text: String, log: ReadingLog
) throws(ConfigurationFailure) -> (configuration: RouterConfiguration, warnings: [ConfigurationWarning]) {
    let document: YAMLDocument
    do throws(YAMLDocument.SyntaxError) {
        document = try YAMLDocument(text: text)
    } catch {
        throw ConfigurationFailure(problems: [
            ConfigurationProblem(file: log.file, line: error.line, reason: error.reason)
        ])
    }
    guard let root = document.root else {
        throw ConfigurationFailure(problems: [
            ConfigurationProblem(
                file: log.file, line: 1, reason: "is empty; a configuration has at least providers, arms and routes")
        ])
    }
    var decoder = ConfigurationDecoder(log: log)
    let configuration = MappingReader(root: root, log: log).map { decoder.decode($0) }
    guard var configuration, log.problems.isEmpty else { throw failure(log) }
    decoder.warn(about: configuration)
    decoder.dropArmsWithoutKey(from: &configuration)
    decoder.warnOfSimulatedArms(in: configuration)
    guard log.problems.isEmpty else { throw failure(log) }
    return (configuration, inOrder(log.warnings) { ($0.line, $0.key) })
}

private func failure(_ log: ReadingLog) -> ConfigurationFailure {
    ConfigurationFailure(problems: inOrder(log.problems) { ($0.line, "") })
}

/// In the order of lines; what stands on the same line keeps its order.
private func inOrder<Item>(_ items: [Item], by place: (Item) -> (line: Int?, key: String)) -> [Item] {
    items.enumerated().sorted { left, right in
        let (a, b) = (place(left.element), place(right.element))
        return (a.line ?? 0, a.key, left.offset) < (b.line ?? 0, b.key, right.offset)
    }.map(\.element)
}

// MARK: Files

private struct UnreadableFile: Error {
    var line: Int?
    var reason: String
}

private func readText(path: String) throws(UnreadableFile) -> String {
    let bytes = try readBytes(path: path)
    guard bytes.first(where: { $0 != 0 }) != nil || bytes.isEmpty else {
        throw UnreadableFile(line: 1, reason: "contains nothing but zero bytes")
    }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
        throw UnreadableFile(line: 1, reason: "is not UTF-8 but UTF-16; save it as UTF-8")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
        throw UnreadableFile(line: lineOfInvalidUTF8(bytes), reason: "is not UTF-8")
    }
    return text
}

/// The line of the first byte that is not UTF-8.
private func lineOfInvalidUTF8(_ bytes: [UInt8]) -> Int {
    var line = 1
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    while case .scalarValue(let scalar) = decoder.decode(&iterator) {
        if scalar == "\n" { line += 1 }
    }
    return line
}

/// A file, or whatever else can be read to its end (`<(…)` of a shell).
private func readBytes(path: String) throws(UnreadableFile) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw UnreadableFile(reason: "cannot be read: \(reason(errno))") }
    defer { close(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = read(file, &block, block.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else {
            throw UnreadableFile(
                reason: errno == EISDIR ? "is a directory; name a file" : "cannot be read: \(reason(errno))")
        }
        guard count > 0 else { return bytes }
        bytes += block[..<count]
        guard bytes.count <= configurationSizeLimit else {
            throw UnreadableFile(reason: "is larger than the \(configurationSizeLimit) bytes a configuration may have")
        }
    }
}

private func reason(_ code: Int32) -> String {
    switch code {
    case ENOENT: "there is no such file"
    case EACCES: "permission denied"
    default: String(cString: strerror(code))
    }
}
