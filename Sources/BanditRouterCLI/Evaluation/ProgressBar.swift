import Foundation

/// A bar on standard error while a long input is read; nothing where that is no terminal.
final class ProgressBar {
    private static let width = 40
    private let label: String
    private let isShown = isatty(STDERR_FILENO) == 1
    private var lastPercent = -1

    init(_ label: String) { self.label = label }

    func update(_ share: Double) {
        let percent = Int(saturating: share * 100)
        guard isShown, percent != lastPercent else { return }
        lastPercent = percent
        let filled = Int(saturating: share * Double(Self.width))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
        FileHandle.standardError.write(Data("\r\(label) \(bar) \(percent) %".utf8))
    }

    func clear() {
        guard isShown, lastPercent >= 0 else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
    }
}
