/// What the tokenizer does with a Unicode scalar.
enum CharacterClass: UInt8, Sendable {
    /// Ends a word and is forgotten: spaces, quotes, commas, full stops.
    case separator
    /// Belongs to a word.
    case letter
    /// Belongs to a number; every digit reads as 0, so that all numbers of a length look alike.
    case digit
    /// A token of its own: operators, brackets, `?`, emoji.
    case symbol
    /// A token of its own that carries meaning like a word: scripts written without spaces.
    case ideograph
}

/// Case, accent and script folding over Unicode scalars, without Foundation or ICU tables.
enum CharacterFolding {
    /// The class of every ASCII byte.
    static let asciiClasses: [CharacterClass] = (0..<128).map { code in
        switch UInt8(code) {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): .letter
        case UInt8(ascii: "0")...UInt8(ascii: "9"): .digit
        case UInt8(ascii: ","), UInt8(ascii: "."), UInt8(ascii: "\""), UInt8(ascii: "!"), UInt8(ascii: "-"), 0...32,
            127:
            .separator
        default: .symbol
        }
    }

    /// By byte: the letter of ASCII that it is read as; 0 for everything else.
    static let asciiLetters: [UInt8] = (0..<256).map { code in
        let byte = UInt8(code)
        guard byte < 0x80, asciiClasses[code] == .letter else { return 0 }
        return byte < 0x5B ? byte | 0x20 : byte
    }

    static let apostrophe: UInt32 = 0x27

    /// Latin letters without their accents, from U+00C0 to U+017F.
    private static let unaccented: [UInt8] = Array(
        ("aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo*ouuuuyty"
            + "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
            + "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs").utf8)

    /// The class of a scalar beyond ASCII and the scalar it is read as.
    static func fold(_ scalar: UInt32) -> (CharacterClass, UInt32) {
        switch scalar {
        case 0x80...0xBF: return scalar == 0xAA || scalar == 0xBA ? (.letter, scalar) : (.separator, scalar)
        case 0xD7, 0xF7: return (.symbol, scalar)
        case 0xC0...0x17F: return (.letter, UInt32(unaccented[Int(scalar - 0xC0)]))
        case 0x300...0x36F: return (.separator, 0)  // combining accents: dropped inside words by the tokenizer
        case 0x391...0x3A9: return (.letter, scalar + 32)
        case 0x410...0x42F: return (.letter, scalar + 32)
        case 0x400...0x40F: return (.letter, scalar + 80)
        case 0x2019, 0x2BC: return (.letter, apostrophe)
        case 0x2000...0x206F, 0x3000...0x303F, 0xFF00...0xFF0F, 0xFF1A...0xFF1E, 0xFE00...0xFE0F:
            return (.separator, scalar)
        case 0xFF1F, 0x61F, 0x37E: return (.symbol, UInt32(UInt8(ascii: "?")))
        case 0x2100...0x2BFF, 0x1F000...0x1FAFF: return (.symbol, scalar)
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3040...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
            0xF900...0xFAFF, 0x20000...0x3FFFF:
            return (.ideograph, scalar)
        default: return (.letter, scalar)
        }
    }
}
