import NIOCore
import ProviderClient
import Testing

@Suite("Whose doing a fault is, and what of a provider's words is told")
struct FaultBlameTests {
    private static func fault(_ status: Int, _ body: String) -> UpstreamFault {
        AnswerCheck.fault(
            ofStatus: UpstreamHead(status: status, contentType: "application/json"), body: ByteBuffer(string: body))
    }

    @Test(
        "a refusal of what was asked is no failure of the arm, whatever its status",
        arguments: [
            (403, #"{"error":{"code":403,"message":"Your input was flagged","metadata":{"reasons":["violence"]}}}"#),
            (404, #"{"error":{"message":"No endpoints found that support image input","code":404}}"#),
            (400, #"{"error":{"message":"x","code":"content_filter"}}"#),
            (451, #"{"error":{"message":"Blocked by our content policy."}}"#),
            (405, #"{"detail":"Streaming is not supported for this model"}"#),
            (422, #"{"detail":"anything"}"#),
        ])
    func requests(status: Int, body: String) {
        let fault = Self.fault(status, body)
        #expect(!fault.verdict.countsAgainstArm && !fault.isCertainlyArms && fault.verdict.party != .account)
    }

    @Test(
        "keys, accounts and what nothing is said of stay the arm's; the router's account is not blamed on clients",
        arguments: [
            (401, #"{"error":{"message":"Incorrect API key provided: sk-proj-abc1234567."}}"#, true),
            (403, #"{"error":{"message":"You do not have permission to use this model"}}"#, true),
            (403, "", true),
            (404, #"{"error":{"message":"The model `x` does not exist","code":"model_not_found"}}"#, false),
            (402, #"{"error":{"message":"Insufficient credits"}}"#, true),
            (429, #"{"error":{"message":"Rate limit reached, moderation"}}"#, false),
            (500, #"{"error":{"message":"internal"}}"#, false),
        ])
    func arms(status: Int, body: String, isAccounts: Bool) {
        let fault = Self.fault(status, body)
        #expect(fault.verdict.countsAgainstArm && (fault.verdict.party == .account) == isAccounts)
        #expect(fault.isCertainlyArms == (isAccounts || status == 429))
    }

    @Test(
        "no client reads of the router's keys and accounts",
        arguments: [
            (401, "Incorrect API key provided: sk-proj-abc1234567. You can find yours at example.com"),
            (401, "anything at all"), (403, "Project proj_12345 lacks access"),
            (400, "API key not valid. Please pass a valid API key."),
            (503, "The service account robot@x.iam has no permission"), (500, "authentication failed for bearer abc"),
            (404, "Your account org-AbCdEf123 has no access to model x"),
        ])
    func withheld(status: Int, words: String) {
        var fault = Self.fault(status, #"{"error":{"message":"\#(words)","code":"invalid_api_key","type":"auth"}}"#)
        #expect(fault.message == "the provider refuses the router's credentials (status \(status))")
        #expect(fault.code == nil && fault.type == nil)
        fault = Self.fault(status, #"{"error":"\#(words)"}"#)
        #expect(!fault.message.contains(words))
    }

    @Test(
        "other words survive, without what names a key or an account",
        arguments: [
            (
                429, "Rate limit reached for gpt-4o in organization org-AbC123 on tokens per min",
                "Rate limit reached for gpt-4o in organization [redacted] on tokens per min"
            ),
            (
                429, "You exceeded your current quota, please check your plan and billing details.",
                "You exceeded your current quota, please check your plan and billing details."
            ),
            (400, "Unknown parameter: 'sk-1'.", "Unknown parameter: 'sk-1'."),
            (400, "Item 4f9c2b7a8d3e4f5a6b7c8d9e0f1a2b3c was refused", "Item [redacted] was refused"),
            (403, "Your input was flagged", "Your input was flagged"),
            (
                400, "claude-sonnet-4-5-20250929 does not support this",
                "claude-sonnet-4-5-20250929 does not support this"
            ),
        ])
    func told(status: Int, words: String, told: String) {
        #expect(Self.fault(status, #"{"error":{"message":"\#(words)","code":"c"}}"#).message == told)
    }
}
