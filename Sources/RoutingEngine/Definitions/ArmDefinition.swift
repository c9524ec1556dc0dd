package import BanditCore

/// What an arm can be asked to do.
package enum Capability: String, Sendable, CaseIterable, Comparable {
    case tools
    case json
    case vision
    case reasoning
    case documents
    case audio
    /// JSON by a schema; ``json`` implies it.
    case structuredOutput = "structured_output"
    case parallelTools = "parallel_tools"
    case promptCaching = "prompt_caching"
    /// Serves `/v1/embeddings` and nothing else.
    case embeddings

    /// The reason of an arm's exclusion that lacks it.
    package var exclusion: ExclusionReason {
        switch self {
        case .tools: .capabilityTools
        case .json: .capabilityJSON
        case .vision: .capabilityVision
        case .reasoning: .capabilityReasoning
        case .documents: .capabilityDocuments
        case .audio: .capabilityAudio
        case .structuredOutput: .capabilityStructuredOutput
        case .parallelTools: .capabilityParallelTools
        case .promptCaching: .capabilityPromptCaching
        case .embeddings: .capabilityEmbeddings
        }
    }

    package static func < (left: Capability, right: Capability) -> Bool { left.rawValue < right.rawValue }
}

/// What an arm takes for content that is no text, tokens; the defaults are on the safe side of what large providers bill.
package struct MediaTokens: Sendable, Equatable {
    /// Of an image, whatever its size.
    package var image = 85.0
    /// Of each square of 512 pixels of it.
    package var imageTile = 170.0
    package var audioSecond = 25.0
    package var videoSecond = 300.0
    package var documentPage = 2000.0

    package init() {}

    /// By the names that configuration and API have for them.
    package static let fields: [(name: String, tokens: any WritableKeyPath<MediaTokens, Double> & Sendable)] = [
        ("image", \.image), ("image_tile", \.imageTile), ("audio_second", \.audioSecond),
        ("video_second", \.videoSecond), ("document_page", \.documentPage),
    ]
}

/// How long an answer may be as an arm's configuration has it, tokens.
package struct AnswerTokens: Sendable, Equatable {
    /// Whatever the client says.
    package var overruled: Int?
    /// Where the client says nothing.
    package var usual: Int?

    package init(overruled: Int? = nil, usual: Int? = nil) {
        self.overruled = overruled.map(Count.clamped)
        self.usual = usual.map(Count.clamped)
    }
}

/// An arm: a model of a provider, with what is known of it beforehand.
package struct ArmDefinition: Sendable, Equatable {
    package var id: String
    /// Id of the provider that serves it.
    package var provider: String
    /// The provider's name of the model; replaces `model` in the request.
    package var model: String
    /// Tokens of prompt and answer together; nil where unknown (never excluded for it).
    package var contextWindow: Int?
    package var capabilities: Set<Capability>
    /// nil: the cost of its calls is unknown.
    package var price: ArmPrice?
    package var prior: ArmPrior
    /// Tokens expected of a call before the first observation.
    package var expectedInputTokens: Double
    package var expectedOutputTokens: Double
    package var mediaTokens = MediaTokens()
    package var answerTokens = AnswerTokens()
    /// Whether it was added while serving, and is not in the configuration file.
    package var isAdded = false
    /// false: not asked, though it keeps its place in its routes and what was learned of it.
    package var isEnabled: Bool

    package init(
        id: String, provider: String, model: String, contextWindow: Int? = nil, capabilities: Set<Capability> = [],
        price: ArmPrice? = nil, prior: ArmPrior = ArmPrior(mean: 0.5, strength: 2),
        expectedInputTokens: Double = 150, expectedOutputTokens: Double = 300, isEnabled: Bool = true
    ) {
        self.id = id
        self.provider = provider
        self.model = model
        self.contextWindow = contextWindow
        self.capabilities = capabilities
        self.price = price
        self.prior = prior
        self.expectedInputTokens = expectedInputTokens
        self.expectedOutputTokens = expectedOutputTokens
        self.isEnabled = isEnabled
    }

    /// Whether the arm has a capability, or one that implies it.
    package func has(_ capability: Capability) -> Bool {
        capabilities.contains(capability) || capability == .structuredOutput && capabilities.contains(.json)
    }

    /// Cost of a call with the expected tokens, USD; nil without a price.
    package var expectedCostUSD: Double? {
        price.map {
            (expectedInputTokens * $0.inputPerMillionUSD + expectedOutputTokens * $0.outputPerMillionUSD) / 1e6
        }
    }
}
