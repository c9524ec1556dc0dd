/// The languages that rules tell apart, by ISO 639-1 code.
///
/// Not a linguist: other scripts than the Latin and the Cyrillic stand for one language each, and the languages of these two are
/// told by their commonest small words. Texts of few words, of several languages, or of a language that is not here have none.
package enum TextLanguage: String, Sendable, CaseIterable {
    case english = "en"
    case spanish = "es"
    case french = "fr"
    case german = "de"
    case italian = "it"
    case portuguese = "pt"
    case dutch = "nl"
    case polish = "pl"
    case czech = "cs"
    case swedish = "sv"
    case turkish = "tr"
    case indonesian = "id"
    case vietnamese = "vi"
    case russian = "ru"
    case ukrainian = "uk"
    case greek = "el"
    case arabic = "ar"
    case hebrew = "he"
    case hindi = "hi"
    case thai = "th"
    case korean = "ko"
    case japanese = "ja"
    case chinese = "zh"

    /// Words looked at, from the text's beginning.
    private static let wordLimit = 200
    private static let characterLimit = 2_000

    /// The language of a text; nil where none is clear: fewer than two different ones of its small words, or another language
    /// has nearly as many.
    package static func dominant(in text: String) -> TextLanguage? {
        switch TextScript.dominant(in: text) {
        case nil: nil
        case .latin: likeliest(text, latin)
        case .cyrillic: likeliest(text, cyrillic)
        case .greek: .greek
        case .hebrew: .hebrew
        case .arabic: .arabic
        case .devanagari: .hindi
        case .thai: .thai
        case .hangul: .korean
        case .kana: .japanese
        case .han: .chinese
        }
    }

    private static func likeliest(_ text: String, _ languages: [(TextLanguage, Set<Substring>)]) -> TextLanguage? {
        var counts = [Int](repeating: 0, count: languages.count)
        // Each once: in formulas the letter y is no Spanish word, however often it stands there.
        let words = Set(text.prefix(characterLimit).lowercased().split { !$0.isLetter }.prefix(wordLimit))
        for word in words {
            for (index, language) in languages.enumerated() where language.1.contains(word) { counts[index] += 1 }
        }
        let ranked = counts.indices.sorted { counts[$0] > counts[$1] }
        let (best, second) = (counts[ranked[0]], counts[ranked[1]])
        // A short question may have one or two such words; a longer text of the language has a lead.
        guard best >= min(2, words.count), best > second, best >= second + words.count / 20 else { return nil }
        return languages[ranked[0]].0
    }

    private static func words(_ text: String) -> Set<Substring> { Set(text.split(separator: " ")) }

    private static let latin: [(TextLanguage, Set<Substring>)] = [
        (
            .english,
            words(
                "a the of and to is in that it for you was with on as are this be have from or not by what how i my can do me does why where when which would should an your there please write he she they we his her him if so but at all has had get will about out up who them some one make than want find"
            )
        ),
        (
            .spanish,
            words(
                "el la los las de que y en un una es por con para no se del al lo como más pero sus le ya o este sí porque esta cuando muy sin sobre qué cómo mi puedes cuál dónde quiero escribe hay son"
            )
        ),
        (
            .french,
            words(
                "le la les de des du et un une est que qui dans pour pas sur avec ce il elle au aux en je ne se nous vous mon ma mes son sa plus par sont cette comment pourquoi quel quelle écris peux c d l qu est-ce où"
            )
        ),
        (
            .german,
            words(
                "der die das und ist nicht ein eine zu den dem des mit von für auf im in es ich sie er wir wie was warum wo kann mir mein meine einen einer auch als an bei nach aus dass wenn oder bitte schreibe sind über wird"
            )
        ),
        (
            .italian,
            words(
                "il lo la gli le di che e un una è per con non si del della dei delle al alla nel nella come più ma anche sono mi mio questo questa perché cosa dove quando qual quale puoi scrivi da in ho"
            )
        ),
        (
            .portuguese,
            words(
                "o a os as de que e em um uma é por com para não se do da dos das no na nos nas como mais mas foi ao ele você eu meu minha este esta porque qual onde quando são pode escreva está isso"
            )
        ),
        (
            .dutch,
            words(
                "de het een en van is dat niet in op te voor met zijn er aan ook als maar om door wat hoe waarom waar ik je mijn kun kan deze dit naar bij uit nog wel schrijf hebben wordt worden heb"
            )
        ),
        (
            .polish,
            words(
                "i w na z do nie się że to jest jak o po co ale za od czy przez dla są być mnie mi mój moja dlaczego gdzie kiedy który która które napisz proszę ze tak już tylko może ma"
            )
        ),
        (
            .czech,
            words(
                "a v na s do ne se že to je jak o po co ale za od pro jsou být mě mi můj moje proč kde kdy který která které napiš prosím ze tak už jen může má by ve při nebo"
            )
        ),
        (
            .swedish,
            words(
                "och att det som en ett är på för med av inte den till jag har om de var men han så kan hur vad varför var min mitt när från vi du skriv eller ska detta också i"
            )
        ),
        (
            .turkish,
            words(
                "ve bir bu için ile ne nasıl neden mi mı mu mü da de çok daha olan gibi ama ben sen bana benim var yok nerede kadar sonra her en o şu hangi yaz lütfen olarak değil"
            )
        ),
        (
            .indonesian,
            words(
                "yang dan di ke dari untuk dengan ini itu adalah tidak saya anda apa bagaimana mengapa kenapa bisa akan pada atau juga kami kita mereka ada dalam oleh seperti karena tolong buatkan tulis cara sebuah"
            )
        ),
        (
            .vietnamese,
            words(
                "và của là có không cho một các được trong với tôi bạn này đó như thế nào tại sao để những người khi hãy viết về gì ở từ đã sẽ làm"
            )
        ),
    ]

    private static let cyrillic: [(TextLanguage, Set<Substring>)] = [
        (
            .russian,
            words(
                "и в не на что я с он как это по но из у за от же к мне мой моя для вы мы ты так его её ее или если почему где когда какой какая напиши пожалуйста что-то был есть бы чтобы"
            )
        ),
        (
            .ukrainian,
            words(
                "і в не на що я з він як це по але із у за від ж до мені мій моя для ви ми ти так його її або якщо чому де коли який яка напиши будь ласка був є би щоб та"
            )
        ),
    ]
}
