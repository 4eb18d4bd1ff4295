internal import Base

extension Person {
    /// How many different social security numbers there are of one area: groups 01 to 49, serials 0001 to 9999.
    private static let numbersPerArea = 489_951

    /// The social security number `999-gg-ssss`, different for each of the first 48 million patients of a seed.
    ///
    /// Areas 900 to 999 are never issued; groups from 50 on are left out because taxpayer numbers use them.
    /// - Source: SSA, Program Operations Manual RM 10201.030; IRS, Individual Taxpayer Identification Number.
    package var socialSecurityNumber: (area: Int, group: Int, serial: Int) {
        let place = index % (Person.numbersPerArea * 100)
        let shuffled = (place % Person.numbersPerArea * 350_003 + numberOffset) % Person.numbersPerArea
        return (999 - place / Person.numbersPerArea, shuffled / 9999 + 1, shuffled % 9999 + 1)
    }

    /// The ten or more digits of the medical record number, different for each patient of a seed.
    var medicalRecordNumber: Int { (100 + numberOffset % 900) * 10_000_000 + index }

    /// The e-mail address, if there is one.
    var email: String? {
        guard let emailHost else { return nil }
        return "\(PersonName.plain("\(name.given)")).\(PersonName.plain(name.family))\(index % 1000)@\(emailHost)"
    }

    /// The name of a file for this patient's record, `Given_Family_uuid.json`.
    var fileName: String {
        var joined = ""
        for character in "\(name.given)_\(name.family)" where character.isLetter || character == "_" || character == " "
        {
            joined.append(character == " " ? "_" : character)
        }
        return "\(joined)_\(id.text).json"
    }
}
