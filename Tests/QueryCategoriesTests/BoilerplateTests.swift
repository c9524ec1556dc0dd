import QueryCategories
import Testing

@Suite("What is around a request")
struct BoilerplateTests {
    @Test(
        "greetings, thanks and marks of the role are taken off",
        arguments: [
            ("Hi there! What is a monad?", "What is a monad?"), ("hello,\n\nfix this", "fix this"),
            ("Dear assistant, good morning! translate it", "translate it"),
            ("<user>\nwho won?\n</user>", "who won?"), ("[INST] sort a list [/INST]", "sort a list"),
            ("<user> who won?", "who won?"),
            ("You are a helpful and honest assistant. Follow the instructions below.\n\nAdd 2 and 3", "Add 2 and 3"),
            ("Add 2 and 3. Thank you very much!", "Add 2 and 3."),
            ("Add 2 and 3\n\nthanks in advance", "Add 2 and 3"),
            ("What is 2+2? Please answer as precisely as you can.", "What is 2+2?"),
            ("HEY GUYS! 2+2? THX", "2+2?"), ("User: Why is the sky blue?", "Why is the sky blue?"),
        ])
    func trims(_ text: String, _ expected: String) {
        #expect(Boilerplate.trimmed(text) == expected)
    }

    @Test(
        "what only looks like it stays, and so does a text that is nothing else",
        arguments: [
            "hi", "Hello there!", "thank you very much", "", "   ", "\n", "High tide today?",
            "Hi what is this", "Hello world program in C", "<b>bold</b> text", "[1, 2, 3] sum",
            "prompt engineering tips",
            "You are a pirate assistant. Stay in character.", "You are a helpful assistant.",
            "You are right about the assistant. But why?",
            "thanksgiving recipes",
            "Привет! Как дела?", "write thank-you notes", "Question 1: who", "<user", "user>",
        ])
    func keeps(_ text: String) {
        #expect(Boilerplate.trimmed(text) == text)
    }

    @Test("any bytes at all are taken without harm, and what is left is a part of what came")
    func anything() {
        var state: UInt64 = 9
        let pieces = [
            "hi", "<", ">", "user", "[", "]", " ", "\n", ".", "!", "you are a", " assistant", "é", "thanks", "x", ":",
            "</",
        ]
        for _ in 0..<5_000 {
            var text = ""
            for _ in 0..<8 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += pieces[Int(state >> 33) % pieces.count]
            }
            let rest = Boilerplate.trimmed(text)
            #expect(
                text.contains(rest) && Boilerplate.trimmed(rest).utf8.count <= rest.utf8.count,
                "\(text.debugDescription)")
        }
    }
}
