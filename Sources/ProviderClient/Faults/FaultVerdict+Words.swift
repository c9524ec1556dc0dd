extension FaultVerdict {
    /// Judges a refusal by what was said, and by its status where that tells nothing.
    ///
    /// - Parameters:
    ///   - status: of the answer, or the one the words name.
    ///   - isTranslated: whether the provider speaks another dialect than the client: what nobody knows may then be the translation's fault.
    init(status: Int, words: ErrorWords, isTranslated: Bool) {
        let texts = [words.message, words.code, words.type].compactMap { $0 }.map { Array($0.lowercased().utf8) }
        func says(_ patterns: [String]) -> Bool { FaultTable.matches(patterns, texts) }

        if says(FaultTable.overflowOfLimit) || status != 429 && says(FaultTable.overflow) {
            self.init(.contextOverflow)
            return
        }
        switch status {
        case 401:
            self.init(says(FaultTable.credit) ? .credit : .key)
            return
        case 402:
            self.init(.credit)
            return
        case 429:
            // Google calls every limit a quota.
            let isForNow = words.type == "RESOURCE_EXHAUSTED" || words.code == "rate_limit_exceeded"
            self.init(!isForNow && says(FaultTable.credit) ? .credit : .rateLimit)
            return
        case 408, 409, 425, 500...:
            self.init(says(FaultTable.credit) ? .credit : .failure)
            return
        default: break
        }
        if let row = FaultTable.rows.first(where: { says($0.patterns) }) {
            self.init(row.reason, parameter: row.reason == .unsupported ? Self.parameter(in: words) : nil)
            return
        }
        switch status {
        case 403: self.init(.permission)
        case 404, 410: self.init(.unknownModel)
        case 413: self.init(.tooLarge)
        case 400, 422: self.init(.unknown, party: isTranslated ? .arm : .request)
        default: self.init(.failure)
        }
    }

    /// The member that is refused: named apart from the words, or else the first name of one in them that a request can do without.
    private static func parameter(in words: ErrorWords) -> String? {
        if let named = words.param?.split(separator: ".").first(where: { $0 != "body" }) { return String(named) }
        let names = Set(RequestRepair.allCases.map { $0.member.description })
        let tokens = (words.message ?? "").split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")) }
        return tokens.first { names.contains(String($0)) }.map(String.init)
    }
}
