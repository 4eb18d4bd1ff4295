/// The administrative gender of a synthetic patient or clinician.
package enum Sex: Sendable {
    case female
    case male

    /// The code of AdministrativeGender.
    var code: StaticString { self == .female ? "female" : "male" }
    /// The code of the US Core birth sex extension.
    var birthCode: StaticString { self == .female ? "F" : "M" }
    /// The word for notes.
    var noun: StaticString { self == .female ? "woman" : "man" }
}
