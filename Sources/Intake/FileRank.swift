/// The order in which the files of a run are read, so that what others refer to is there first.
///
/// Told by names alone: bulk exports name files by resource type (`Patient.000.ndjson`, `1.Patient.ndjson`), Synthea
/// writes `hospitalInformation…` and `practitionerInformation…` bundles. Files of one rank keep the order they are
/// found in.
package enum FileRank {
    /// Of a file whose name tells nothing.
    package static let other = 10

    private static let types: [String: Int] = [
        "organization": 1, "location": 2, "practitioner": 3, "medication": 4, "practitionerrole": 5, "patient": 6,
        "device": 7, "encounter": 8, "condition": 9,
        "infrastructure": 0, "hospitalinformation": 1, "practitionerinformation": 3,
    ]

    /// The rank of the file at `path`; lower comes first.
    package static func rank(_ path: String) -> Int {
        let name = FileName(path).base.lowercased()
        var word = ""
        for character in name.utf8 {
            let isLetter = (0x61...0x7A).contains(character)
            let isDigit = (0x30...0x39).contains(character)
            if isLetter || isDigit {
                word.unicodeScalars.append(Unicode.Scalar(character))
                continue
            }
            // Words of digits number the files: one of zeros is the first on purpose, the others say nothing.
            if !word.isEmpty {
                if word.allSatisfy({ $0 == "0" }) { return 0 }
                if !word.allSatisfy(\.isNumber) { break }
                word = ""
            }
            if character >= 0x80 { return other }
        }
        let letters = String(word.prefix { !$0.isNumber })
        return types[letters] ?? other
    }
}
