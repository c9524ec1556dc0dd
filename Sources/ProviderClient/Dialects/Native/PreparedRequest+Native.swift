import WireFormats

extension PreparedRequest {
    /// The client's bytes for a provider that speaks as the client does, but: `model` is the arm's, what its configuration says is said,
    /// and `bandit` is gone.
    init(native request: ClientRequest) throws(DialectError) {
        guard request.body.isObject else { throw DialectError("the body must be a JSON object", param: nil) }
        let (own, foreignSeals) = request.ownBody
        var splice = JSONSplice(own)
        splice.set("model", to: request.arm.model)
        splice.remove("bandit")
        self.init(
            body: splice.applied(), wantsStream: request.body.member("stream")?.bool ?? false, hidesUsage: false,
            adjusted: foreignSeals > 0 ? ["sealed:\(foreignSeals)"] : [])
        answerID = request.answerID
    }
}
