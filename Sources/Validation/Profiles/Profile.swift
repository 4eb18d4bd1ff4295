internal import FHIR
internal import JSONTape

/// A StructureDefinition made ready. Shared by all threads; nothing of it changes.
final class Profile: @unchecked Sendable {
    // Safe to share: the tree is not changed after `init`, and tapes are only read.
    let url: String
    let version: String?
    let name: String
    /// The type of resource or element that it is for.
    let type: TypeID
    let root: ProfileElement
    /// Where an extension may stand: paths of elements; empty for all else.
    let contexts: [String]
    let isAbstract: Bool
    /// Keeps the values alive that elements refer to, those taken over from other profiles too.
    let documents: [JSONDocument]

    init(
        url: String, version: String?, name: String, type: TypeID, root: ProfileElement, contexts: [String],
        isAbstract: Bool, documents: [JSONDocument]
    ) {
        self.url = url
        self.version = version
        self.name = name
        self.type = type
        self.root = root
        self.contexts = contexts
        self.isAbstract = isAbstract
        self.documents = documents
    }

    /// The element of an id, for `contentReference`.
    func element(_ id: String) -> ProfileElement? {
        var current = root
        for segment in id.split(separator: ".").dropFirst() {
            let name = segment.hasSuffix("[x]") ? segment.dropLast(3) : segment
            guard let next = current.children.first(where: { $0.name == name }) else { return nil }
            current = next
        }
        return current
    }
}
