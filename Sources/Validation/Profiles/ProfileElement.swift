internal import FHIR
internal import JSONTape

/// What a profile says of one element, or of one slice of it, and of those under it. Not changed once its profile is
/// made.
final class ProfileElement {
    /// How an element's values are told apart.
    struct Slicing {
        enum Rules: String {
            case open, closed, openAtEnd
        }

        struct Discriminator {
            enum Kind: String {
                case value, pattern, exists, type, profile
            }

            let kind: Kind
            let path: String
        }

        var discriminators: [Discriminator]
        var rules: Rules
        var isOrdered: Bool
    }

    /// A type that values may have, and what they must conform to or point at.
    struct AllowedType {
        let code: String
        let profiles: [String]
        let targetProfiles: [String]
    }

    /// An invariant as text; compiled for the types that it meets.
    struct Constraint {
        let key: String
        let isError: Bool
        let human: String
        let expression: String
    }

    /// The element's name, that of a choice without its type.
    let name: String
    let isChoice: Bool
    let sliceName: String?
    /// The element's id in the profile: "Patient.extension:race.value[x]".
    let id: String
    var min: Int?
    var max: Int?
    /// `nil` where the profile leaves the types as they are.
    var types: [AllowedType]?
    /// A value that must be there exactly, and one that must be part of what is there.
    var fixed: JSONValue?
    var pattern: JSONValue?
    var binding: ValueSetBinding?
    var constraints: [Constraint] = []
    var maxLength: Int?
    var minValue: JSONValue?
    var maxValue: JSONValue?
    var slicing: Slicing?
    var slices: [ProfileElement] = []
    var children: [ProfileElement] = []
    /// The id of the element whose children count here too.
    var contentReference: String?

    init(name: String, isChoice: Bool, sliceName: String?, id: String) {
        self.name = name
        self.isChoice = isChoice
        self.sliceName = sliceName
        self.id = id
    }

    /// The same with all under it, to be changed by another profile.
    func copy() -> ProfileElement {
        let other = ProfileElement(name: name, isChoice: isChoice, sliceName: sliceName, id: id)
        other.min = min
        other.max = max
        other.types = types
        other.fixed = fixed
        other.pattern = pattern
        other.binding = binding
        other.constraints = constraints
        other.maxLength = maxLength
        other.minValue = minValue
        other.maxValue = maxValue
        other.slicing = slicing
        other.slices = slices.map { $0.copy() }
        other.children = children.map { $0.copy() }
        other.contentReference = contentReference
        return other
    }

    /// The child of that name, made if it is not there.
    func child(_ segment: String) -> ProfileElement {
        let isChoice = segment.hasSuffix("[x]")
        let name = isChoice ? String(segment.dropLast(3)) : segment
        if let known = children.first(where: { $0.name == name && $0.isChoice == isChoice }) { return known }
        let made = ProfileElement(name: name, isChoice: isChoice, sliceName: nil, id: id + "." + segment)
        children.append(made)
        return made
    }

    /// The slice of that name, made if it is not there.
    func slice(_ sliceName: String) -> ProfileElement {
        if let known = slices.first(where: { $0.sliceName == sliceName }) { return known }
        let made = ProfileElement(name: name, isChoice: isChoice, sliceName: sliceName, id: id + ":" + sliceName)
        slices.append(made)
        return made
    }

    /// How the slices are told apart: as the profile says, or as R4 has it for extensions and types of a choice.
    var effectiveSlicing: Slicing? {
        if let slicing { return slicing }
        guard !slices.isEmpty else { return nil }
        if name == "extension" || name == "modifierExtension" {
            return Slicing(discriminators: [.init(kind: .value, path: "url")], rules: .open, isOrdered: false)
        }
        return Slicing(
            discriminators: isChoice ? [.init(kind: .type, path: "$this")] : [], rules: .open, isOrdered: false)
    }
}
