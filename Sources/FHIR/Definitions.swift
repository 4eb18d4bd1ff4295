package import JSONTape

/// The facts of FHIR R4: types, elements, required bindings, search parameters, compartments.
package final class Definitions: @unchecked Sendable {
    // Safe to share: nothing is changed after `init`.

    /// Every name that a JSON member may have, `_name` forms included, and the names of the resource types.
    package let names: NameTable
    /// All types; a `TypeID` is a place in here.
    package let types: [TypeFacts]
    /// All required bindings whose codes are known; a `BindingID` is a place in here.
    package let bindings: [RequiredBinding]
    /// All search parameters; `SearchParameter.id` is a place in here.
    package let searchParameters: [SearchParameter]
    /// The number of the member name `resourceType`.
    package let resourceTypeNumber: UInt16

    let shapes: ElementShapes
    private let typesByName: [String: TypeID]
    private let resourceTypes: TextIndex
    private let resourceTypeIDs: [TypeID]
    private let bindingCodes: BindingCodes
    private let parametersByType: [[UInt16]]
    private let compartments: [String: [TypeID: [String]]]

    /// Reads the table that is part of the program.
    /// - Throws: `FHIRError.badDefinitions` if the table is not as expected, `.noMemory`.
    package static func load() throws(FHIRError) -> Definitions {
        var reader = DefinitionsReader(definitionsTable)
        try reader.read()
        return try Definitions(reader)
    }

    init(_ reader: DefinitionsReader) throws(FHIRError) {
        do {
            names = try NameTable(reader.names)
        } catch {
            throw FHIRError(code: .noMemory, detail: "the table of names", cause: error)
        }
        let shapes = ElementShapes(byType: reader.shapes, required: reader.requiredGroups)
        types = reader.typeFacts(shapes)
        bindings = reader.bindings
        searchParameters = reader.searchParameters
        resourceTypeNumber = reader.nameNumbers["resourceType"] ?? 0
        typesByName = reader.typesByName
        compartments = reader.compartments
        self.shapes = shapes
        let concrete = types.filter { $0.kind == .resource && !$0.isAbstract }
        resourceTypes = TextIndex(concrete.map(\.name))
        resourceTypeIDs = concrete.map(\.id)
        bindingCodes = BindingCodes(reader.bindings)
        parametersByType = Self.parametersByType(types, reader.searchParameters)
    }

    private static func parametersByType(_ types: [TypeFacts], _ parameters: [SearchParameter]) -> [[UInt16]] {
        var own = [[UInt16]](repeating: [], count: types.count)
        for parameter in parameters {
            for base in parameter.bases { own[Int(base.raw)].append(parameter.id) }
        }
        // A base stands before what derives from it, so what it gathered is whole.
        for type in types where type.kind == .resource {
            guard let base = type.base else { continue }
            own[Int(type.id.raw)] = own[Int(base.raw)] + own[Int(type.id.raw)]
        }
        return own
    }

    /// The type of that name: "Patient", "Patient.contact", "HumanName", "string".
    package func type(named name: String) -> TypeID? {
        typesByName[name]
    }

    /// The resource type of that name, abstract ones left out. Takes a few nanoseconds.
    package func resourceType(named name: UnsafeRawBufferPointer) -> TypeID? {
        guard let place = resourceTypes.find(name) else { return nil }
        return resourceTypeIDs[Int(place)]
    }

    /// Every resource type that has instances, in the order of the alphabet.
    package var concreteResourceTypes: [TypeID] { resourceTypeIDs }

    package subscript(type: TypeID) -> TypeFacts {
        // Lends the facts: a copy of them counts a dozen references.
        @inlinable
        _read { yield types[Int(type.raw)] }
    }

    /// Whether `type` is `other` or derives from it.
    package func isSubtype(_ type: TypeID, of other: TypeID) -> Bool {
        var next: TypeID? = type
        while let current = next {
            if current == other { return true }
            next = types[Int(current.raw)].base
        }
        return false
    }

    /// The element of `type` whose JSON name, or the `_name` of which, has this number; see `ElementShape.isExtension`.
    /// Takes a few nanoseconds and allocates nothing.
    package func shape(of type: TypeID, numbered number: UInt16) -> ElementShape? {
        shapes.find(number, in: type)
    }

    /// Whether a code is one of a required binding's.
    package func contains(_ code: UnsafeRawBufferPointer, in binding: BindingID) -> Bool {
        bindingCodes.contains(code, in: binding)
    }

    package subscript(binding: BindingID) -> RequiredBinding {
        bindings[Int(binding.raw)]
    }

    /// The search parameters of a resource type, those of Resource and DomainResource included.
    package func searchParameters(of type: TypeID) -> [SearchParameter] {
        parametersByType[Int(type.raw)].map { searchParameters[Int($0)] }
    }

    /// The search parameter of that code for a resource type; one of the type itself is chosen before a base's.
    package func searchParameter(_ code: String, of type: TypeID) -> SearchParameter? {
        guard let id = parametersByType[Int(type.raw)].last(where: { searchParameters[Int($0)].code == code }) else {
            return nil
        }
        return searchParameters[Int(id)]
    }

    /// The codes of the search parameters whose references put a resource of this type into a compartment ("Patient",
    /// "Encounter", "Practitioner", "RelatedPerson", "Device"). Besides, a resource of the compartment's own type belongs
    /// to its own compartment.
    package func compartmentParameters(_ compartment: String, of type: TypeID) -> [String] {
        compartments[compartment]?[type] ?? []
    }

    /// `compartmentParameters` of the Patient compartment: for Observation subject and performer.
    package func patientCompartmentParameters(of type: TypeID) -> [String] {
        compartmentParameters("Patient", of: type)
    }
}
