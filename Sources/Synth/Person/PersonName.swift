/// The name of a patient or clinician.
package struct PersonName: Sendable {
    let prefix: StaticString
    let given: StaticString
    /// The second given name, for some.
    let middle: StaticString?
    let family: String

    /// Draws a name of `heritage`.
    init(_ draw: inout Draw, sex: Sex, heritage: Heritage, prefix: StaticString) {
        let names = sex == .female ? heritage.femaleNames : heritage.maleNames
        self.prefix = prefix
        given = draw.pick(names)
        let second = draw.pick(names)
        middle = draw.chance(620) ? second : nil
        let first = "\(draw.pick(heritage.familyNames))"
        let other = "\(draw.pick(heritage.familyNames))"
        family = heritage.bearsTwoFamilyNames && first != other && draw.chance(450) ? "\(first) \(other)" : first
    }

    /// Prefix, given and family name.
    var full: String { "\(prefix) \(given) \(family)" }

    /// `text` with letters of the Latin script turned to plain lower-case letters and the rest dropped, as for an
    /// e-mail address.
    package static func plain(_ text: String) -> String {
        var plain = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "0"..."9": plain.unicodeScalars.append(scalar)
            case "A"..."Z": plain.unicodeScalars.append(Unicode.Scalar(UInt8(scalar.value) + 32))
            default: plain += letters(for: scalar)
            }
        }
        return plain
    }

    private static func letters(for scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "á", "à", "ã", "ä", "å", "â", "ă", "ả", "ạ", "ấ", "ầ", "ậ", "ắ", "ặ", "Á", "Å", "Ä", "Â": "a"
        case "é", "è", "ě", "ê", "ë", "ễ", "ế", "ệ", "É", "È", "Ê": "e"
        case "í", "ì", "î", "ï", "Í": "i"
        case "ó", "ò", "ô", "õ", "ö", "ø", "ơ", "ỗ", "ọ", "ồ", "Ó", "Ö", "Ø", "Ô": "o"
        case "ú", "ù", "û", "ü", "ư", "ũ", "ủ", "ụ", "ứ", "Ú", "Ü": "u"
        case "ñ", "ń", "ň": "n"
        case "ç", "ć", "č", "Ç", "Č": "c"
        case "ł", "Ł": "l"
        case "ś", "š", "Š": "s"
        case "ž", "ź", "ż", "Ž": "z"
        case "ř": "r"
        case "ý", "ỳ": "y"
        case "đ", "Đ": "d"
        case "ß": "ss"
        default: ""
        }
    }
}
