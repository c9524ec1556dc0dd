import BanditCore
import BanditRouterCLI
import Foundation
import Gateway
import QueryCategories
import RoutingEngine
import Testing

/// A priors file of one cell, as `import-priors` writes them.
let priorsPath: String = {
    let path = FileManager.default.temporaryDirectory.appending(path: "bandit-router-priors-\(UUID().uuidString).json")
    let cell = PriorsFile.Arm(id: "sim", rows: 20, mean: 0.5, mean_square: 0.4, cost_usd: 0.001)
    let file = PriorsFile(mass: 50, weight: 0.8, categories: [PriorsFile.Category(id: "general", arms: [cell])])
    try! file.encoded().write(to: path)
    return path.path()
}()

/// A file in which every key of the schema is given, with values that differ from the defaults.
let fullText = """
    server:
      host: 127.0.0.2
      port: 9090
      max_body_bytes: 1048576
      max_in_flight_body_bytes: 67108864
      max_connections: 500
      idle_timeout: 30s
      keepalive_after: 5s
      shutdown_grace: 15s
      secret: keys/secret
      tls:
        certificate: server.pem
        private_key: server.key
      cors:
        allow_origins: ["https://app.example.com", "http://localhost:3000"]
      allow_hosts: [host.docker.internal]
    store:
      path: state/router.sqlite
    providers:
      - id: openai
        kind: openai
        base_url: https://api.example.com/v1
        api_key: sk-top-secret-1
      - id: claude
        kind: anthropic
        base_url: https://claude.example.com/v1
        api_key: "${CLAUDE_KEY}"
      - id: local
        kind: simulated
      - id: az
        kind: azure
        base_url: https://res.openai.azure.com
        api_version: "2024-10-21"
        credentials:
          entra:
            tenant: t
            client_id: c
            client_secret: s3cret-entra
            scope: https://ai.azure.com/.default
            token_url: https://login.example.com/token
      - id: vx
        kind: vertex
        project: p
        location: eu
        credentials:
          service_account: sa.json
      - id: vm
        kind: vertex
        project: p
        credentials:
          metadata: true
      - id: vt
        kind: vertex
        project: p
        credentials:
          access_token: s3cret-token
      - id: br
        kind: bedrock
        region: us-east-1
        credentials:
          access_key_id: AKID
          secret_access_key: s3cret-aws
          session_token: s3cret-session
      - id: bw
        kind: bedrock
        region: us-east-1
        credentials:
          web_identity:
            role: arn:aws:iam::1:role/r
            token_file: token
            session: router
            endpoint: https://sts.example.com
      - id: bp
        kind: bedrock
        region: us-east-1
        credentials:
          profile: work
    arms:
      - id: gpt-4o-mini
        provider: openai
        model: gpt-4o-mini-2024
        dialect: responses
        max_output_tokens: 16000
        reasoning: effort
        realm: openai
        aliases: ["mini-*"]
        params:
          temperature: 0.5
          top_p: 0.9
          top_k: 40
          seed: 7
          presence_penalty: -0.5
          frequency_penalty: 0.5
          reasoning_effort: low
          verbosity: low
          service_tier: flex
          parallel_tool_calls: false
          max_tokens: 4000
          raw: '{"top_a":1}'
        defaults:
          temperature: 0.5
          top_p: 0.9
          top_k: 40
          seed: 7
          presence_penalty: -0.5
          frequency_penalty: 0.5
          reasoning_effort: low
          verbosity: low
          service_tier: flex
          parallel_tool_calls: false
          max_tokens: 4000
          raw: '{"top_a":1}'
        context_window: 128000
        capabilities: [tools, json, vision]
        price:
          input_per_million_usd: 0.15
          cached_input_per_million_usd: 0.075
          output_per_million_usd: 0.60
          cache_write_input_per_million_usd: 0.2
          cache_write_1h_input_per_million_usd: 0.3
          audio_input_per_million_usd: 10
          image_input_per_million_usd: 0.16
          reasoning_per_million_usd: 0.7
          audio_output_per_million_usd: 20
        prior:
          mean: 0.6
          strength: 4
        expected_tokens:
          input: 200
          output: 400
        media_tokens:
          image: 90
          image_tile: 160
          audio_second: 10
          video_second: 250
          document_page: 1500
      - id: claude-haiku
        provider: claude
        model: claude-3-5-haiku
        enabled: false
        price:
          input_per_million_usd: 0.8
          output_per_million_usd: 4
      - id: sim
        provider: local
        model: sim-small
        price:
          input_per_million_usd: 0.01
          output_per_million_usd: 0.02
    categories:
      - id: code
        description: "Writing and repairing programs: costs $5"
        examples: ["Fix this function"]
        patterns: ["```", '\\bdef \\w+\\(', '^\\d+$']
        rules:
          - tools: false
            images: false
            json: false
            mostly_code: true
            script: latin
            language: en
            min_bytes: 1
            max_bytes: 100000
            min_turns: 1
            system_prompt_hash: "00112233445566aa"
      - id: chat
    classifier:
      taxonomy: configured
      model: \(categoryModelPath)
      threshold: 0.4
      harness_tags: [notes, "context-*"]
      embeddings:
        provider: openai
        model: text-embedding-3-small
        timeout: 50ms
        cache_entries: 2000
        input_per_million_usd: 0.02
    routes:
      - id: auto
        arms: [gpt-4o-mini, claude-haiku, sim]
        aliases: [claude-auto]
        requires: [tools]
        classes:
          main: auto
          subagent: auto
          workflow: auto
          compaction: auto
          auxiliary: auto
        policy:
          kind: thompson
          pooling: none
          concentration: 2
        objective:
          dollars_per_quality: 0.05
          seconds_per_quality: 120
        exploration:
          floor: 0.01
        forgetting:
          half_life: 14d
        affinity: none
        fallback:
          max_attempts: 2
          last_resort: sim
        timeouts:
          connect: 1s
          first_byte: 10s
          between_chunks: 500ms
          total: 1m
        budget:
          usd_per_request: 0.00066
          window: 100
          every: 10
          hard_cap_usd: 0.1
        priors: \(priorsPath)
        canary:
          - arm: sim
            share: 0.05
        cache:
          ttl: 5m
          max_entries: 500
          max_bytes: 1000000
          across_keys: true
      - id: steady
        arms: [sim]
        policy:
          kind: fixed
          arm: sim
    aliases:
      - name: gpt-4
        model: auto
    feedback:
      window: 3d
      metrics:
        - id: satisfaction
          kind: boolean
          weight: 2
          silence: zero
        - id: rating
          kind: scale
          min: 1
          max: 5
      influence_cap: 50
      group_influence_cap: 120
      decide_only_weight: 0.5
      implicit:
        provider_failure: true
        regenerated_within: 45s
    privacy:
      store_content: true
      retention: 30d
    health:
      failures_to_open: 3
      open_for: 1m
    limits:
      requests_per_minute: 600
      tokens_per_minute: 100000
      concurrent: 32
      usd_per_day: 12.5
    logging:
      format: json
      requests: true

    """

/// The least that is a configuration.
let minimalText = """
    providers: [{ id: local, kind: simulated }]
    arms: [{ id: sim, provider: local, model: sim-small }]
    routes: [{ id: auto, arms: [sim] }]

    """

let fullEnvironment = ["CLAUDE_KEY": "sk-top-secret-2", "HOME": "/root"]

func parse(
    _ text: String, environment: [String: String] = fullEnvironment
) throws(ConfigurationFailure) -> (configuration: RouterConfiguration, warnings: [ConfigurationWarning]) {
    try parseConfiguration(text, file: "r.yaml", environment: environment, unserved: [])
}

/// What is wrong with a text; empty where nothing is.
func problems(_ text: String, environment: [String: String] = fullEnvironment) -> [ConfigurationProblem] {
    do throws(ConfigurationFailure) {
        _ = try parse(text, environment: environment)
        return []
    } catch {
        return error.problems
    }
}

/// The full text with one piece replaced, and the line on which the piece begins.
func edited(_ old: String, _ new: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> (
    text: String, line: Int
) {
    let range = try #require(fullText.range(of: old), "the fixture has no “\(old)”", sourceLocation: sourceLocation)
    let line = 1 + fullText[..<range.lowerBound].count { $0 == "\n" }
    return (fullText.replacingCharacters(in: range, with: new), line)
}

/// The package's folder.
let packageRoot = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

/// Calls `body` with the path of a new file of these bytes, which is gone afterwards.
func withFile<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
    let file = FileManager.default.temporaryDirectory.appending(path: "bandit-router-\(UUID().uuidString).yaml")
    try Data(bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try body(file.path)
}

/// No such file: it is read when the router starts, not when its configuration is.
let categoryModelPath = "categories.brqc"
