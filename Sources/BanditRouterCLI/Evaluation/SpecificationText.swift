import Foundation

/// `kind[:key=value[,key=value…]]`, as policies and estimators are spelt on the command line.
struct SpecificationText {
    let kind: String
    /// In the order given.
    var parameters: [(name: String, value: String)] = []

    init(kind: String, parameters: [(name: String, value: String)]) {
        self.kind = kind
        self.parameters = parameters
    }

    init(_ text: String, what: String) throws(CommandFailure) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        kind = String(parts[0])
        guard parts.count == 2 else { return }
        for pair in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, !sides[0].isEmpty, !sides[1].isEmpty else {
                throw .usage("\(what) '\(text)': '\(pair)' is not key=value")
            }
            guard !parameters.contains(where: { $0.name == sides[0] }) else {
                throw .usage("\(what) '\(text)': '\(sides[0])' is given twice")
            }
            parameters.append((String(sides[0]), String(sides[1])))
        }
    }
}
