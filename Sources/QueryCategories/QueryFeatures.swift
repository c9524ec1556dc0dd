/// What categorisation sees of one chat request: a summary the gateway makes while it reads the head of the body.
package struct QueryFeatures: Sendable, Equatable {
    /// The text of the first user turn: it says what the conversation is about.
    package var userText: String
    /// The text of the last user turn when the conversation has more than one; it revises the category only with evidence.
    package var latestUserText: String?
    package var systemText: String?
    /// Whether the request offers tools to the model.
    package var hasTools: Bool
    /// Whether any turn carries an image.
    package var hasImages: Bool
    /// Whether the request asks for `response_format` `json_object` or `json_schema`.
    package var wantsJSON: Bool
    /// User turns in the request.
    package var turnCount: Int
    /// Size of the request body.
    package var byteCount: Int

    package init(
        userText: String, latestUserText: String? = nil, systemText: String? = nil, hasTools: Bool = false,
        hasImages: Bool = false, wantsJSON: Bool = false, turnCount: Int = 1, byteCount: Int = 0
    ) {
        self.userText = userText
        self.latestUserText = latestUserText
        self.systemText = systemText
        self.hasTools = hasTools
        self.hasImages = hasImages
        self.wantsJSON = wantsJSON
        self.turnCount = turnCount
        self.byteCount = byteCount
    }

    /// The most bytes that patterns and the classifier look at of one text: this many of its start, and a quarter as many
    /// of its end when it is longer.
    package static let textLimitBytes = 8_192
}
