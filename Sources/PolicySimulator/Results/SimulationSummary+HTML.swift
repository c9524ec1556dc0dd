extension SimulationSummary {
    package func html() -> String { "" }
}
