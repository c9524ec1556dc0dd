import BanditCore
import ProviderClient
import RoutingEngine
import WireFormats

/// Reads an arm from a body: the names and ranges of the configuration file.
struct ArmReading {
    private let document: JSONDocument
    /// Ids of the routes to list the arm; nil where the body does not say.
    private(set) var routes: [String]?
    /// 0 ends a share; nil where the body does not say.
    private(set) var canaryShare: Double?

    private static let names: Set<String> = [
        "model", "enabled", "context_window", "capabilities", "price", "prior", "expected_tokens", "media_tokens",
        "routes",
        "canary_share",
    ]

    /// - Parameter mayName: whether the body may have `id` and `provider`, which never change.
    init(_ document: JSONDocument, mayName: Bool) throws(GatewayError) {
        self.document = document
        try document.refuseUnknown(mayName ? Self.names.union(["id", "provider"]) : Self.names)
        if let list = document.member("routes"), !list.isNull {
            var ids: [String] = []
            for item in list.elements {
                guard let id = item.string else { throw .invalidValue("routes", "each must be the id of a route") }
                if !ids.contains(id) { ids.append(id) }
            }
            guard list.kind == .array, !ids.isEmpty else {
                throw .invalidValue("routes", "it must be a non-empty array of route ids")
            }
            routes = ids
        }
        if let share = document.member("canary_share") {
            canaryShare = share.isNull ? 0 : try Self.number(share, "canary_share", from: 0, to: 1)
        }
    }

    /// A text that must be there.
    func required(_ name: StaticString) throws(GatewayError) -> String {
        guard let text = try document.text(name, atMost: TextLimit.id) else { throw .missing(name.description) }
        guard name.description != "id" || Self.isID(text) else {
            throw .invalidValue("id", "it must match [A-Za-z0-9][A-Za-z0-9._:@/+-]*")
        }
        guard !text.isEmpty, text.utf8.count <= TextLimit.id else {
            throw .invalidValue(name.description, "it must have 1 to 512 bytes")
        }
        return text
    }

    /// Changes what the body tells of; null takes away what is optional.
    func apply(to arm: inout ArmDefinition) throws(GatewayError) {
        if document.member("model").map({ !$0.isNull }) ?? false { arm.model = try required("model") }
        if let enabled = try document.flag("enabled") { arm.isEnabled = enabled }
        if let window = document.member("context_window") {
            arm.contextWindow =
                window.isNull
                ? nil : Int(saturating: try Self.number(window, "context_window", from: 1, to: 1e9, isWhole: true))
        }
        if let list = document.member("capabilities") { arm.capabilities = try capabilities(list) }
        if let price = document.member("price") { arm.price = price.isNull ? nil : try self.price(price) }
        if let prior = document.member("prior"), !prior.isNull {
            try Self.expect(prior, "prior", ["mean", "strength"])
            if let mean = prior.member("mean") {
                arm.prior.mean = try Self.number(mean, "prior.mean", from: 0.001, to: 0.999)
            }
            if let strength = prior.member("strength") {
                arm.prior.strength = try Self.number(strength, "prior.strength", from: 0.01, to: 1e6)
            }
        }
        if let tokens = document.member("expected_tokens"), !tokens.isNull {
            try Self.expect(tokens, "expected_tokens", ["input", "output"])
            if let input = tokens.member("input") {
                arm.expectedInputTokens = try Self.number(input, "expected_tokens.input", from: 1e-3, to: 1e9)
            }
            if let output = tokens.member("output") {
                arm.expectedOutputTokens = try Self.number(output, "expected_tokens.output", from: 1e-3, to: 1e9)
            }
        }
        if let tokens = document.member("media_tokens") {
            arm.mediaTokens = MediaTokens()
            if !tokens.isNull { try mediaTokens(tokens, &arm.mediaTokens) }
        }
    }

    private func mediaTokens(_ object: JSONValue, _ tokens: inout MediaTokens) throws(GatewayError) {
        try Self.expect(object, "media_tokens", Set(MediaTokens.fields.map(\.name)))
        for (key, value) in object.members {
            guard let field = MediaTokens.fields.first(where: { $0.name == key }) else { continue }
            tokens[keyPath: field.tokens] = try Self.number(value, "media_tokens.\(key)", from: 0, to: 1e6)
        }
    }

    private func capabilities(_ list: JSONValue) throws(GatewayError) -> Set<Capability> {
        if list.isNull { return [] }
        guard list.kind == .array else { throw .invalidValue("capabilities", "it must be an array of capabilities") }
        var capabilities: Set<Capability> = []
        for word in list.elements {
            guard let capability = word.string.flatMap(Capability.init) else {
                let known = Capability.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalidValue("capabilities", "each must be one of \(known)")
            }
            capabilities.insert(capability)
        }
        guard !capabilities.contains(.embeddings) || capabilities.count == 1 else {
            throw .invalidValue("capabilities", "embeddings stands alone")
        }
        return capabilities
    }

    private func price(_ object: JSONValue) throws(GatewayError) -> ArmPrice {
        let (inputName, outputName) = ("input_per_million_usd", "output_per_million_usd")
        try Self.expect(object, "price", Set([inputName, outputName] + ArmPrice.options.map(\.name)))
        var amounts: [String: Double] = [:]
        for (name, value) in object.members where !value.isNull {
            amounts[name] = try Self.number(value, "price.\(name)", from: 0, to: 1e6)
        }
        guard let input = amounts[inputName] else { throw .missing("price.\(inputName)") }
        guard let output = amounts[outputName] else { throw .missing("price.\(outputName)") }
        var price = ArmPrice(inputPerMillionUSD: input, outputPerMillionUSD: output)
        for (name, path) in ArmPrice.options { price[keyPath: path] = amounts[name] }
        return price
    }

    private static func expect(_ value: JSONValue, _ name: String, _ known: Set<String>) throws(GatewayError) {
        guard value.kind == .object else { throw .invalidValue(name, "it must be an object") }
        for (key, _) in value.members where !known.contains(key) { throw .unknownParameter("\(name).\(key)") }
    }

    private static func number(
        _ value: JSONValue, _ name: String, from least: Double, to most: Double, isWhole: Bool = false
    ) throws(GatewayError) -> Double {
        let number = isWhole ? value.int.map(Double.init) : value.double
        guard let number, number >= least, number <= most else {
            throw .invalidValue(
                name, "it must be a \(isWhole ? "whole " : "")number from \(least.shortest) to \(most.shortest)")
        }
        return number
    }

    private static func isID(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= TextLimit.id else { return false }
        func isPlain(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        return isPlain(first) && text.utf8.allSatisfy { isPlain($0) || "._:@/+-".utf8.contains($0) }
    }
}

extension Double {
    fileprivate var shortest: String {
        Int64(exactly: self).map { String($0) } ?? description
    }
}
