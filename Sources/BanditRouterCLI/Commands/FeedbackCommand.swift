import ArgumentParser
import Foundation
import NIOCore
import ProviderClient

/// Gives feedback on a decision to a running router.
struct FeedbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "feedback",
        abstract: "Give feedback on an answer to a running router.",
        discussion: "Prints the router's answer. Exit 3 where it refuses, with its reason on stderr.")

    @Argument(help: "The decision's id (x-bandit-decision-id), or with --completion the answer's id.")
    var id: String
    @Flag(help: "The id is that of the completion, not of the decision.") var completion = false
    @Option(help: "true, false, a number, or null to take back what was said.") var value: String
    @Option(help: "The metric; the first configured one where absent.") var metric: String?
    @Option(help: "user, judge or system.") var source: String?
    @Option(help: "A remark.") var comment: String?
    @Option(help: "The router's address.") var url = "http://127.0.0.1:8080"
    @Option(help: "The API key; BANDIT_ROUTER_KEY where absent.") var key: String?

    func run() async throws {
        var body: [String: Any] = [completion ? "completion_id" : "decision_id": id]
        switch value {
        case "true": body["value"] = true
        case "false": body["value"] = false
        case "null": body["value"] = NSNull()
        default:
            guard let number = Double(value), number.isFinite else {
                throw ValidationError("--value takes true, false, a number or null, not '\(value)'")
            }
            body["value"] = number
        }
        body["metric"] = metric
        body["source"] = source
        body["comment"] = comment
        var headers = [("Content-Type", "application/json")]
        if let key = key ?? ProcessInfo.processInfo.environment["BANDIT_ROUTER_KEY"] {
            headers.append(("Authorization", "Bearer \(key)"))
        }
        let transport = ProviderTransport()
        do {
            let answer = try await transport.perform(
                UpstreamRequest(
                    url: url + "/v1/feedback", headers: headers,
                    body: ByteBuffer(bytes: try JSONSerialization.data(withJSONObject: body)),
                    timeouts: UpstreamTimeouts(connect: .seconds(5), total: .seconds(30))))
            let text = String(buffer: answer.body)
            guard answer.head.status == 200 else {
                FileHandle.standardError.write(Data("bandit-router: status \(answer.head.status): \(text)\n".utf8))
                throw ExitCode(3)
            }
            print(text)
        } catch let error as UpstreamError {
            RouterHost.refuse(error)
        }
        await transport.shutdown()
    }
}
