package import Base

/// A code of a system: what rules and restrictions compare codings by.
package struct CodeKey: Hashable, Sendable {
    /// The address of the code system; empty where the coding names none.
    package var system: String
    package var code: String

    package init(_ system: String, _ code: String) {
        self.system = system
        self.code = code
    }
}

/// What a decision needs to know of a record. Contains patients' data: never printed.
package struct RecordFacts: Hashable, Sendable {
    package var type: String
    package var id: String
    /// The ids of all patients that it is about: in whose compartments it lies.
    package var patients: Set<String>
    /// Its security labels: those that it carries, and those that the tenant's rules give it.
    package var labels: Set<CodeKey> = []
    /// Every coding in it.
    package var codes: Set<CodeKey> = []
    /// `Type/id` of everything that it refers to.
    package var references: Set<String> = []
    /// The account that wrote the version; `nil` if that is not known.
    package var writer: String?
    /// When what it tells of happened; `nil` if it does not say.
    package var date: CalendarDate?

    package init(type: String, id: String, patients: Set<String> = []) {
        self.type = type
        self.id = id
        self.patients = patients
    }

    /// `Type/id`.
    package var reference: String { type + "/" + id }
}
