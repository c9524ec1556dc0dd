import BanditCore

/// What the demo's users ask: prompts of four kinds in users' own registers, written for this project.
enum DemoPrompts {
    /// By category; the patterns of `Config/demo.yaml` recognise each.
    static let byCategory: [(category: String, share: Double, prompts: [String])] = [
        (
            "code", 0.35,
            [
                "Fix this python function, it raises KeyError when the user is missing",
                "write a SQL query that counts orders per customer for the last 30 days",
                "Why does my Swift code say 'expression too complex' here?",
                "Refactor this javascript callback into async/await please",
                "unit test for a function that parses ISO dates",
                "what does this regex match: ^[a-z]+\\d{2,}$ and where is the bug?",
            ]
        ),
        (
            "math", 0.25,
            [
                "Solve the equation 3x^2 - 12x + 9 = 0 step by step",
                "what is the probability of two sixes in three dice rolls",
                "integral of x * exp(-x) from 0 to infinity?",
                "calculate 17% of 2,430 and round to cents",
                "Prove that the sum of two odd numbers is even",
            ]
        ),
        (
            "writing", 0.2,
            [
                "write a short poem about the first snow in the city",
                "Draft an email that politely declines a meeting on Friday",
                "story about a lighthouse keeper who is afraid of the dark, 200 words",
                "rewrite this paragraph so it sounds friendlier",
                "a slogan for a bakery that opens at 4 am",
            ]
        ),
        (
            "chat", 0.2,
            [
                "hi, how are you today?",
                "thanks, that helped a lot!",
                "tell me something nice",
                "what should I cook tonight, I have eggs and rice",
                "good morning! any plans for the weekend?",
            ]
        ),
    ]

    /// Draws what the next user asks.
    static func next(_ generator: inout Xoshiro256StarStar) -> (category: String, prompt: String) {
        var left = generator.uniform()
        for entry in byCategory {
            left -= entry.share
            if left < 0 { return (entry.category, pick(entry.prompts, &generator)) }
        }
        let last = byCategory[byCategory.count - 1]
        return (last.category, pick(last.prompts, &generator))
    }

    private static func pick(_ prompts: [String], _ generator: inout Xoshiro256StarStar) -> String {
        prompts[min(prompts.count - 1, Int(saturating: generator.uniform() * Double(prompts.count)))]
    }
}
