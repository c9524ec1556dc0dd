import PolicySimulator

extension ScenarioBuilder {
    func buildLogged() throws -> BuiltScenario {
        log.report(file.logged?.file.line, "environment.log", "decision logs cannot be read yet")
        throw log.failure!
    }
}
