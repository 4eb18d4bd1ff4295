/// A concept of a code system: a view, made when asked for.
package struct Concept: Sendable {
    package let system: CodeSystemModel
    /// Its place among the system's concepts, in document order.
    package let number: Int

    init(system: CodeSystemModel, number: Int) {
        self.system = system
        self.number = number
    }

    private var record: ConceptRecord { system.concepts[number] }

    package var code: String { system.texts.text(record.code) }
    package var display: String? { system.texts.textIfAny(record.display) }
    package var definition: String? { system.texts.textIfAny(record.definition) }
    /// Whether it only groups others and is not to be chosen itself (the property `notSelectable`).
    package var isAbstract: Bool { record.isAbstract }
    /// Whether it is no longer to be used: the property `inactive`, or a `status` of retired or inactive.
    package var isInactive: Bool { record.isInactive }

    /// Those directly above it.
    package var parents: [Concept] {
        system.hierarchy.parents(of: number).map { Concept(system: system, number: Int($0)) }
    }

    /// Those directly below it.
    package var children: [Concept] {
        system.hierarchy.children(of: number).map { Concept(system: system, number: Int($0)) }
    }

    package var designations: [Designation] {
        system.designationRecords(of: number).map { record in
            Designation(record, texts: system.texts)
        }
    }

    package var properties: [ConceptProperty] {
        system.propertyRecords(of: number).map { record in
            ConceptProperty(
                code: system.texts.text(record.code), kind: record.kind, value: system.texts.text(record.value),
                system: system.texts.textIfAny(record.system), display: system.texts.textIfAny(record.display))
        }
    }

    /// The display in the first language asked for that there is; the usual display if there is none.
    package func display(in languages: LanguagePreference) -> String? {
        languages.choose(designations: designations, display: display, language: system.header.language)
    }
}

extension Designation {
    init(_ record: DesignationRecord, texts: TextStore) {
        language = texts.textIfAny(record.language)
        if record.isDisplay {
            use = Self.displayUse
        } else if !record.useCode.isEmpty {
            use = SystemCode(system: texts.text(record.useSystem), code: texts.text(record.useCode))
        }
        value = texts.text(record.value)
    }
}
