/// Prompts written for the tests, in the way people type; none of them is an expansion of the built-in utterances.
enum GoldenPrompts {
    static let all: [(label: String, text: String)] = [
        ("code", "my flexbox items wont wrap on mobile, what am i missing in the css"),
        ("code", "why is my rust program saying cannot borrow `x` as mutable more than once at a time"),
        ("code", "need a python one liner that flattens a list of lists"),
        (
            "code",
            "Please review this endpoint:\n\napp.post('/login', (req, res) => { db.query('select * from users where name=' + req.body.name) })"
        ),
        ("code", "best way to cache api responses in a next.js app router project"),
        ("code", "hey so i made a spring boot service and the jwt filter runs twice per request, any idea?"),
        ("code", "CREATE TABLE orders (id INT, total DECIMAL); how do i add an index on total"),
        ("code", "explique moi ce que fait cette boucle for en java"),
        ("code", "kannst du mir ein bash skript schreiben das alte logs löscht"),
        ("code", "github actions workflow that runs pytest on every push"),
        (
            "math",
            "If 3 pencils and 2 erasers cost $2.10 and 5 pencils and 1 eraser cost $2.45, what does one pencil cost?"
        ),
        ("math", "derivative of arctan(3x) at x=1"),
        (
            "math",
            "Farid runs 4 miles on Monday and twice as far on Wednesday. How many miles does he run in total over the two days?"
        ),
        ("math", "can you check my work: 2/3 + 3/4 = 5/7 ?"),
        ("math", "Show that the product of three consecutive integers is always divisible by 6."),
        ("math", "whats 18% of 2450"),
        ("math", "a rectangle's length is 3 more than its width and the area is 40, find the dimensions"),
        ("math", "how do you compute the eigenvectors of a 3x3 symmetric matrix by hand"),
        ("math", "resuelve el sistema 2x - y = 3, x + y = 6"),
        ("math", "In how many ways can the letters of the word BANANA be arranged?"),
        ("creative_writing", "Write a short horror story where the narrator slowly realises he is the monster"),
        ("creative_writing", "i need a wedding toast for my sister, funny but not embarrassing, 2 minutes"),
        ("creative_writing", "Lyrics for a country song about a truck that won't start"),
        ("creative_writing", "Create a funny scene where Mario and Luigi argue over who gets the last mushroom"),
        ("creative_writing", "compose a haiku about rush hour"),
        ("creative_writing", "write me a 600 word article on the benefits of composting for a gardening magazine"),
        ("creative_writing", "Escribe un cuento corto sobre un faro que se apaga"),
        ("creative_writing", "Continue the tale: The clock struck thirteen and the portrait blinked."),
        (
            "creative_writing",
            "Draft a polite email to my professor explaining that I missed the deadline because I was ill"
        ),
        ("creative_writing", "give the dragon in my novel a tragic backstory"),
        (
            "roleplay",
            "You are Captain Mira, a smuggler with a heart of gold. Stay in character. I board your ship and ask for passage."
        ),
        ("roleplay", "let's roleplay, you're a barista and i'm a customer who can't decide"),
        ("roleplay", "I want you to act as a stern wine sommelier and judge my choices"),
        ("roleplay", "pretend you're my late grandfather telling me about the farm"),
        ("roleplay", "Act as an interviewer for a data analyst position and ask me one question at a time"),
        ("roleplay", "*peeks around the corner* hello? is anyone in this castle?"),
        ("roleplay", "Tu es un aubergiste médiéval, accueille moi dans ton auberge et reste dans ton rôle"),
        ("roleplay", "from now on respond like a moody teenager who hates mondays"),
        ("roleplay", "be my dungeon master, i am a halfling rogue entering the crypt"),
        ("roleplay", "Imagine you are Marie Curie and I am a journalist interviewing you"),
        ("translation", "Translate to Portuguese: The museum is closed on Mondays."),
        ("translation", "how do you say 'where is the train station' in korean"),
        ("translation", "traduce al inglés: mañana no podré ir a la reunión"),
        ("translation", "Переведи на английский: я опоздаю на десять минут"),
        ("translation", "what's the german word for butterfly"),
        (
            "summarization",
            "tl;dr of this please: The committee met on Friday to discuss the bridge. After three hours it decided to wait for the engineers' report."
        ),
        (
            "summarization",
            "Summarize the main arguments of the following paper in 5 bullets: We study how sleep affects memory in older adults."
        ),
        (
            "summarization",
            "can you condense these meeting notes into three sentences? Budget approved. Hiring paused. Launch moved to June."
        ),
        (
            "summarization",
            "Fasse mir den folgenden Artikel kurz zusammen: Der Stadtrat hat beschlossen, die Brücke zu sperren."
        ),
        (
            "classification",
            "Is this tweet positive, negative or neutral? \"just waited two hours for a cold burger, thanks a lot\""
        ),
        ("classification", "classify each line as fruit or vegetable: carrot, plum, leek, fig"),
        (
            "classification",
            "Label the following support ticket as billing, technical or other: I was charged twice this month."
        ),
        (
            "extraction",
            "Extract all email addresses and phone numbers from this signature: Jo Park, jo@park.example, +1 555 0100"
        ),
        (
            "extraction",
            "From the text below, list every city that is mentioned. Lena flew from Porto to Ghent and took the train to Lille."
        ),
        (
            "extraction",
            "According to the passage, why was the dam built? The dam was built in 1931 to protect the valley from floods."
        ),
        ("rewriting", "rephrase this so it sounds more professional: hey boss cant come in today im sick"),
        ("rewriting", "Fix the grammar: he go to school every days and like it very much"),
        (
            "rewriting",
            "make this paragraph more concise without changing the meaning: In order to be able to succeed, it is necessary that one works."
        ),
        ("question_answering", "who was the second person to walk on the moon"),
        ("question_answering", "What is the difference between nuclear fission and fusion?"),
        ("question_answering", "Which organ produces insulin? A. liver B. pancreas C. kidney D. spleen"),
        ("question_answering", "why do onions make you cry"),
        ("question_answering", "什么是通货膨胀？"),
        ("question_answering", "qual é a capital da Austrália"),
        (
            "reasoning",
            "There are three boxes labelled apples, oranges and mixed; every label is wrong. Which box do you open first and why?"
        ),
        ("reasoning", "If all glorps are blims and no blim is a zak, can a glorp be a zak?"),
        ("reasoning", "riddle: i have cities but no houses, rivers but no water. what am i"),
        ("chat", "hey! how's your day going?"),
        ("chat", "thanks, you're a life saver"),
        ("chat", "are you a real person or a bot"),
        ("chat", "buenas noches, que descanses"),
        ("chat", "tell me a joke please"),
        ("general", "what should i get my dad for his 60th birthday"),
        ("general", "plan a 4 day trip to lisbon with kids"),
        ("general", "give me ideas for a low budget team event"),
    ]
}

/// What happens to prompts on the way: typing errors, shouting, boilerplate.
enum Noise: String, CaseIterable {
    case typos, upperCase, lowerCase, prefix, suffix, spaces

    func apply(to text: String, _ generator: inout Lehmer) -> String {
        switch self {
        case .typos: return Self.misspelt(text, &generator)
        case .upperCase: return text.uppercased()
        case .lowerCase: return text.lowercased()
        case .prefix:
            let openings = [
                "Hi there! ", "Dear assistant, ",
                "You are a helpful and honest assistant. Follow the instructions below.\n\n",
                "Good afternoon, I have a request. ", "<user>\n",
                // Not among the phrases that are taken off before a text is classified.
                "Asking for my sister: ", "So, here is what I have been wondering about. ", "Need this by tonight!! ",
            ]
            return openings[generator.below(openings.count)] + text
        case .suffix:
            let endings = [
                " Thank you very much!", "\n\nPlease answer as precisely as you can.", " cheers", "\n</user>",
                " I would really appreciate it.", "\n\nSent from my phone", " It is urgent.",
            ]
            return text + endings[generator.below(endings.count)]
        case .spaces: return text.replacing(" ", with: "  ") + "\n\n"
        }
    }

    /// One slip in about twenty letters: left out, doubled, swapped or hit beside the key.
    private static func misspelt(_ text: String, _ generator: inout Lehmer) -> String {
        var characters = Array(text)
        var position = 1
        while position + 1 < characters.count {
            if characters[position].isLetter, generator.below(20) == 0 {
                switch generator.below(4) {
                case 0: characters.remove(at: position)
                case 1: characters.insert(characters[position], at: position)
                case 2: characters.swapAt(position, position + 1)
                default: characters[position] = "e"
                }
            }
            position += 1
        }
        return String(characters)
    }
}
