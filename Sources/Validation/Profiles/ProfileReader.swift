internal import FHIR
internal import JSONTape

/// Makes a profile from a StructureDefinition: its snapshot, or its differential laid over the profile it builds on.
/// What R4 itself says of the type needs no place in it: every resource is held against that anyway.
/// - Source: FHIR R4, https://hl7.org/fhir/R4/profiling.html
struct ProfileReader {
    private let root: JSONValue
    private let document: JSONDocument
    private let definitions: Definitions

    /// How many elements a StructureDefinition may have.
    private static let elementsMax = 20_000

    init(_ root: JSONValue, _ document: JSONDocument, _ definitions: Definitions) {
        self.root = root
        self.document = document
        self.definitions = definitions
    }

    /// - Parameter base: gives the profile that this one builds on.
    func read(base: (String) throws(ValidationError) -> Profile?) throws(ValidationError) -> Profile {
        guard let url = root.member("url")?.string, let typeName = root.member("type")?.string else {
            throw ValidationError(code: .badProfile, detail: "a StructureDefinition without url or type")
        }
        guard let type = definitions.type(named: typeName) else {
            throw ValidationError(code: .badProfile, detail: "\(url) is for \(typeName), which is no type of R4")
        }
        var documents = [document]
        var tree = ProfileElement(name: typeName, isChoice: false, sliceName: nil, id: typeName)
        let elements: JSONValue
        if let snapshot = root.member("snapshot")?.member("element") {
            elements = snapshot
        } else if let differential = root.member("differential")?.member("element") {
            elements = differential
            if let address = root.member("baseDefinition")?.string, !isCore(address) {
                guard let parent = try base(address) else {
                    throw ValidationError(code: .badProfile, detail: "\(url) builds on \(address), which is not known")
                }
                guard definitions.isSubtype(type, of: parent.type) else {
                    throw ValidationError(code: .badProfile, detail: "\(url) builds on \(address) of another type")
                }
                tree = parent.root.copy()
                documents += parent.documents
            }
        } else {
            throw ValidationError(code: .badProfile, detail: "\(url) has neither snapshot nor differential")
        }
        var count = 0
        for element in elements.elements {
            count += 1
            guard count <= Self.elementsMax else {
                throw ValidationError(code: .badProfile, detail: "\(url) has too many elements")
            }
            try lay(element, over: tree, url)
        }
        return Profile(
            url: url, version: root.member("version")?.string, name: root.member("name")?.string ?? url, type: type,
            root: tree, contexts: contexts(), isAbstract: root.member("abstract")?.bool ?? false, documents: documents)
    }

    private func isCore(_ address: String) -> Bool {
        let url = address.prefix { $0 != "|" }
        guard url.hasPrefix(ProfileLibrary.coreAddress) else { return false }
        return definitions.type(named: String(url.dropFirst(ProfileLibrary.coreAddress.count))) != nil
    }

    private func contexts() -> [String] {
        guard let all = root.member("context") else { return [] }
        return all.elements.compactMap { context in
            context.member("type")?.string == "element" ? context.member("expression")?.string : nil
        }
    }

    private func lay(_ element: JSONValue, over tree: ProfileElement, _ url: String) throws(ValidationError) {
        guard let path = element.member("path")?.string else {
            throw ValidationError(code: .badProfile, detail: "\(url) has an element without path")
        }
        let sliceName = element.member("sliceName")?.string
        var current = tree
        let steps = Self.steps(id: element.member("id")?.string, path: path, sliceName: sliceName)
        guard steps.count <= StructureChecker.depthMax else {
            throw ValidationError(code: .badProfile, detail: "\(url) has an element that lies too deep")
        }
        for (name, slice) in steps {
            current = current.child(name)
            // A slice of a slice is named `outer/inner`: to hold values against, it is one of its own.
            if let slice { current = current.slice(slice) }
        }
        fill(current, from: element)
    }

    /// The way from the root: names of elements with the slices chosen.
    static func steps(id: String?, path: String, sliceName: String?) -> [(name: String, slice: String?)] {
        let names = path.split(separator: ".").dropFirst().map(String.init)
        if let id {
            let parts = id.split(separator: ".").dropFirst().map { part -> (name: String, slice: String?) in
                guard let colon = part.firstIndex(of: ":") else { return (String(part), nil) }
                return (String(part[..<colon]), String(part[part.index(after: colon)...]))
            }
            // An id is free text: only one that follows the path tells where the element belongs.
            if parts.map(\.name) == names { return parts }
        }
        var steps: [(name: String, slice: String?)] = names.map { ($0, nil) }
        if let sliceName, !steps.isEmpty { steps[steps.count - 1].slice = sliceName }
        return steps
    }

    private func fill(_ target: ProfileElement, from element: JSONValue) {
        if let min = element.member("min").flatMap({ Int($0.text) }) { target.min = Swift.max(target.min ?? 0, min) }
        if let max = element.member("max")?.string, max != "*", let number = Int(max) {
            target.max = Swift.min(target.max ?? .max, number)
        }
        if let types = element.member("type") { target.types = types.elements.compactMap(Self.type) }
        if let length = element.member("maxLength").flatMap({ Int($0.text) }) { target.maxLength = length }
        if let reference = element.member("contentReference")?.string {
            target.contentReference = String(reference.drop { $0 != "#" }.dropFirst())
        }
        for member in element.members {
            let name = member.name
            if Self.isChoice(name, "fixed") { target.fixed = member.value }
            if Self.isChoice(name, "pattern") { target.pattern = member.value }
            if Self.isChoice(name, "minValue") { target.minValue = member.value }
            if Self.isChoice(name, "maxValue") { target.maxValue = member.value }
        }
        if let binding = element.member("binding"), let valueSet = binding.member("valueSet")?.string,
            let strength = binding.member("strength")?.string.flatMap(BindingStrength.init(rawValue:))
        {
            target.binding = ValueSetBinding(strength: strength, valueSet: valueSet)
        }
        if let slicing = element.member("slicing") { target.slicing = Self.slicing(slicing) }
        if let constraints = element.member("constraint") {
            for constraint in constraints.elements { add(constraint, to: target) }
        }
    }

    /// Whether a name is one of a choice: `fixedUri` of `fixed`.
    private static func isChoice(_ name: UnsafeRawBufferPointer, _ base: StaticString) -> Bool {
        let count = base.utf8CodeUnitCount
        guard name.count > count, bytesEqual(UnsafeRawBufferPointer(rebasing: name[..<count]), base) else {
            return false
        }
        return name[count] &- UInt8(ascii: "A") < 26
    }

    private static func type(_ entry: JSONValue) -> ProfileElement.AllowedType? {
        guard let code = entry.member("code")?.string else { return nil }
        let texts = { (name: StaticString) in entry.member(name)?.elements.compactMap(\.string) ?? [] }
        return ProfileElement.AllowedType(
            code: code, profiles: texts("profile"), targetProfiles: texts("targetProfile"))
    }

    private static func slicing(_ value: JSONValue) -> ProfileElement.Slicing {
        var discriminators: [ProfileElement.Slicing.Discriminator] = []
        if let all = value.member("discriminator") {
            for one in all.elements {
                guard let kind = one.member("type")?.string.flatMap(ProfileElement.Slicing.Discriminator.Kind.init),
                    let path = one.member("path")?.string
                else { continue }
                discriminators.append(.init(kind: kind, path: path))
            }
        }
        return ProfileElement.Slicing(
            discriminators: discriminators,
            rules: value.member("rules")?.string.flatMap(ProfileElement.Slicing.Rules.init) ?? .open,
            isOrdered: value.member("ordered")?.bool ?? false)
    }

    /// R4's own invariants, which a snapshot repeats, hold anyway.
    private func add(_ constraint: JSONValue, to target: ProfileElement) {
        guard let key = constraint.member("key")?.string, let expression = constraint.member("expression")?.string,
            constraint.member("source")?.string.map(isCore) != true,
            !target.constraints.contains(where: { $0.key == key })
        else { return }
        target.constraints.append(
            ProfileElement.Constraint(
                key: key, isError: constraint.member("severity")?.string == "error",
                human: constraint.member("human")?.string ?? key, expression: expression))
    }
}
