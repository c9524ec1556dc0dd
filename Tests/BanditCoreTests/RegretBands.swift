// Made by Golden/regret.py; do not edit.

/// Regret after 5,000 rounds on Bernoulli arms of means .9 .8 .8 .7 .6.
enum RegretBands {
    static let bernoulli: [(String, ClosedRange<Double>)] = [
        ("thompson", 17.1...44.9),
        ("ucb1", 176.4...233.2),
        ("ucb-tuned", 36.2...57.3),
        ("ucb-v", 169.3...221.8),
        ("kl-ucb", 32.0...49.8),
        ("moss", 54.6...77.6),
        ("epsilon-greedy", 76.0...131.5),
        ("softmax", 94.4...128.8),
        ("exp3-ix", 106.2...147.8),
        ("tsallis-inf", 110.1...150.5),
        ("square-cb", 42.5...71.3),
        ("uniform", 627.1...773.1),
    ]
}
