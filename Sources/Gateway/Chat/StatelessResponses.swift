import Dialects
import ProviderClient
import WireFormats

/// The router keeps no responses: what speaks of one that was kept is refused, not passed over, or a conversation would be lost in silence.
extension GatewaySetup {
    private static let stateful: [StaticString] = [
        "previous_response_id", "conversation", "prompt", "context_management",
    ]

    /// - Parameter model: the id of a route or an arm. An arm that is asked in this very dialect is given everything.
    /// - Throws: 400 with the parameter that needs a state.
    func requireStateless(_ body: JSONDocument, model: String) throws(GatewayError) {
        if connection(model)?.dialect.speaks(.responses) ?? false { return }
        for name in Self.stateful {
            guard let value = body.member(name), !value.isNull else { continue }
            throw .stateless(name.description)
        }
        if body.member("background")?.bool ?? false { throw .stateless("background") }
        var refers = false
        body.member("input")?.forEachElement { item in
            refers = item.member("type")?.isString("item_reference") ?? false
            return !refers
        }
        if refers { throw .stateless("item_reference") }
    }
}

extension GatewayError {
    fileprivate static func stateless(_ param: String) -> GatewayError {
        GatewayError(
            400, "unsupported_parameter",
            "'\(param)' needs responses that are kept, and the router keeps none: send the whole conversation as input, or name an arm "
                + "of kind openai-responses.", param: param)
    }

    static let responseNotFound = GatewayError(
        404, "response_not_found", "The router keeps no responses.", param: "response_id")
}
