import Foundation

/// Why a command ends without a result: exit code 2 for usage and unknown names, 3 for bad input.
struct CommandFailure: Error {
    let code: Int32
    let message: String

    static func usage(_ message: String) -> CommandFailure { CommandFailure(code: 2, message: message) }
    static func input(_ message: String) -> CommandFailure { CommandFailure(code: 3, message: message) }

    func print() { FileHandle.standardError.write(Data("error: \(message)\n".utf8)) }
}
