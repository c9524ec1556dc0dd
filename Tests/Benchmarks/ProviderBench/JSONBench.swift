import NIOCore
import ProviderClient
import WireFormats

/// The scanner on chat bodies of several sizes.
enum JSONBench {
    static func run() {
        for (name, count, content) in [
            ("1 KB", 1_000, "The quick brown fox jumps over the lazy dog; it\\nsaid \\\"no\\\". "),
            ("100 KB", 100_000, "The quick brown fox jumps over the lazy dog; it said nothing. "),
            ("100 KB, Chinese", 100_000, "敏捷的棕色狐狸跳过了懒狗。"),
        ] {
            var text = ""
            while text.utf8.count < count - 200 { text += content }
            let body = ByteBuffer(
                string:
                    #"{"model":"auto","temperature":0.7,"stream":true,"messages":[{"role":"system","content":"Be kind."},"#
                    + #"{"role":"user","content":"\#(text)"}],"max_tokens":256,"user":"u-17"}"#)
            let rounds = 40_000_000 / count
            let clock = ContinuousClock()
            var found = 0
            let checked = clock.measure {
                for _ in 0..<rounds {
                    guard let document = try? JSONDocument(parsing: body) else { continue }
                    if document.member("stream")?.bool == true, document.member("model") != nil { found += 1 }
                }
            }
            let dialect = OpenAIDialect()
            var bytes = 0
            let spliced = clock.measure {
                for _ in 0..<rounds {
                    guard let document = try? JSONDocument(parsing: body),
                        let prepared = try? dialect.chatRequest(document, model: "some-model-name")
                    else { continue }
                    bytes += prepared.body.readableBytes
                }
            }
            precondition(found == rounds && bytes > rounds * body.readableBytes, "the benchmark does not do its work")
            print(
                "\(name) (\(body.readableBytes) bytes): check \(checked / rounds), check and splice \(spliced / rounds)"
            )
        }
    }
}
