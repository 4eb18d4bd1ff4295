import Base
import FHIR
import Foundation

/// A way to break a resource.
enum Mutation: CaseIterable {
    case dropRequired, wrongType, unknownElement, badCode, badDate, wrongCardinality, badTarget, badPrimitive, empty
    case twoChoices, periodBackwards, codeWithoutSystem, lostLocalReference, unusedContained, telecomWithoutSystem
    case extensionWithBoth
}

/// A resource as Foundation reads it, with every element's place and facts.
struct Mutator {
    private struct Place {
        /// Names and numbers from the root to the object that holds the element.
        var path: [Step]
        var holder: TypeID
        var element: ElementFacts
    }

    private enum Step {
        case member(String)
        case index(Int)
    }

    private let root: [String: Any]
    private let definitions: Definitions
    private var places: [Place] = []
    private var objects: [(path: [Step], type: TypeID)] = []

    init?(_ bytes: [UInt8], _ definitions: Definitions) throws {
        guard let root = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else { return nil }
        self.root = root
        self.definitions = definitions
        guard let type = (root["resourceType"] as? String).flatMap({ definitions.type(named: $0) }) else { return nil }
        walk(root, type, [])
    }

    private mutating func walk(_ object: [String: Any], _ type: TypeID, _ path: [Step]) {
        objects.append((path, type))
        for element in definitions[type].elements {
            guard let value = object[element.name] else { continue }
            places.append(Place(path: path, holder: type, element: element))
            let values = value as? [Any] ?? [value]
            for (index, one) in values.enumerated() {
                guard let child = one as? [String: Any] else { continue }
                let isResource = definitions[element.type].kind == .resource
                let childType =
                    isResource ? (child["resourceType"] as? String).flatMap { definitions.type(named: $0) } : nil
                let step = value is [Any] ? [Step.member(element.name), .index(index)] : [.member(element.name)]
                walk(child, childType ?? element.type, path + step)
            }
        }
    }

    /// The resource as it was, written anew.
    func unchanged() throws -> [UInt8] {
        Array(try JSONSerialization.data(withJSONObject: root, options: [.sortedKeys]))
    }

    /// The resource with one thing wrong, and where; `nil` if it has nothing that can be broken so.
    func mutated(by mutation: Mutation, _ random: inout SeededRandom) -> (bytes: [UInt8], place: String)? {
        if let (path, change) = objectChange(mutation, &random) { return write(path, mutation, "", change) }
        let fitting = places.filter { fits($0, mutation) }
        guard !fitting.isEmpty else { return nil }
        let place = fitting[random.below(fitting.count)]
        return write(place.path, mutation, place.element.name) { object in
            self.change(&object, place, mutation)
        }
    }

    /// Mutations of an object as a whole.
    private func objectChange(
        _ mutation: Mutation, _ random: inout SeededRandom
    ) -> (path: [Step], change: (inout [String: Any]) -> Void)? {
        func any(_ name: String, _ isFit: ([String: Any]) -> Bool = { _ in true }) -> [Step]? {
            let fitting = objects.filter { definitions[$0.type].name == name && isFit(object(at: $0.path)) }
            return fitting.isEmpty ? nil : fitting[random.below(fitting.count)].path
        }
        switch mutation {
        case .unknownElement: return (objects[random.below(objects.count)].path, { $0["martlet"] = "x" })
        case .periodBackwards:
            return any("Period").map {
                (
                    $0,
                    {
                        $0["start"] = "2020-02-01"; $0["end"] = "2010-01-01"
                    }
                )
            }
        case .codeWithoutSystem:
            return any("Quantity") { $0["code"] != nil }.map { ($0, { $0["system"] = nil }) }
        case .lostLocalReference: return any("Reference").map { ($0, { $0["reference"] = "#nowhere" }) }
        case .telecomWithoutSystem:
            return any("ContactPoint") { $0["value"] != nil }.map {
                (
                    $0,
                    {
                        $0["system"] = nil; $0["_system"] = nil
                    }
                )
            }
        case .extensionWithBoth:
            return any("Extension").map { path in
                (
                    path,
                    { object in
                        let inner: [String: Any] = ["url": "http://example.org/x", "valueBoolean": true]
                        object["extension"] = [inner]
                        if !object.keys.contains(where: { $0.hasPrefix("value") }) { object["valueBoolean"] = true }
                    }
                )
            }
        case .unusedContained:
            guard let type = root["resourceType"] as? String, let id = definitions.type(named: type),
                definitions[id].element(named: "contained") != nil
            else { return nil }
            let other: [String: Any] = ["resourceType": "Basic", "id": "zzz-unused", "code": ["text": "x"]]
            return ([], { $0["contained"] = ($0["contained"] as? [Any] ?? []) + [other] })
        default: return nil
        }
    }

    private func object(at path: [Step]) -> [String: Any] {
        var current: Any = root
        for step in path {
            switch step {
            case .member(let name): current = (current as? [String: Any])?[name] ?? [:]
            case .index(let place): current = (current as? [Any])?[place] ?? [:]
            }
        }
        return current as? [String: Any] ?? [:]
    }

    private func fits(_ place: Place, _ mutation: Mutation) -> Bool {
        let element = place.element
        let primitive = definitions[element.type].primitive
        switch mutation {
        case .dropRequired: return element.min > 0
        case .wrongType: return definitions[element.type].kind != .resource
        case .badCode: return element.binding != nil && primitive == .code
        case .badDate: return [.date, .dateTime, .instant].contains(primitive)
        case .wrongCardinality: return primitive != .xhtml
        case .badTarget:
            return definitions[element.type].name == "Reference" && !element.targets.isEmpty
                && !element.targets.contains { ["Resource", "StructureMap"].contains(definitions[$0].name) }
        case .badPrimitive:
            return [.id, .positiveInt, .unsignedInt, .integer, .uri, .url, .boolean].contains(primitive)
        case .empty: return primitive == nil
        case .twoChoices:
            return element.choice != nil && !definitions[place.holder].choices(named: element.baseName).isEmpty
        default: return false
        }
    }

    private func change(_ object: inout [String: Any], _ place: Place, _ mutation: Mutation) {
        let element = place.element
        let name = element.name
        let old = object[name]
        func replace(_ value: Any) { object[name] = old is [Any] ? [value] : value }
        switch mutation {
        case .dropRequired:
            object[name] = nil
            object["_" + name] = nil
        case .wrongType: replace(definitions[element.type].primitive == nil ? "text" : ["a": "b"])
        case .badCode: replace("no-such-code")
        case .badDate: replace("2012-13-45")
        case .wrongCardinality: object[name] = (old as? [Any])?.first ?? [old as Any, old as Any]
        case .badTarget: replace(["reference": "StructureMap/x"])
        case .badPrimitive:
            let isText = ![.positiveInt, .unsignedInt, .integer, .boolean].contains(definitions[element.type].primitive)
            replace(isText ? "not a value" : 1.5)
        case .empty: object[name] = element.isArray ? [Any]() : [String: Any]()
        case .twoChoices:
            let other = definitions[place.holder].choices(named: element.baseName).first { $0.name != name }
            if let other { object[other.name] = definitions[other.type].primitive == .boolean ? true : "2012-01-01" }
        default: break
        }
    }

    private func write(
        _ path: [Step], _ mutation: Mutation, _ name: String, _ change: (inout [String: Any]) -> Void
    ) -> (bytes: [UInt8], place: String)? {
        let changed = Self.changed(root, path[...], change)
        guard let data = try? JSONSerialization.data(withJSONObject: changed, options: [.sortedKeys]) else {
            return nil
        }
        return (Array(data), "\(path) \(name)")
    }

    private static func changed(
        _ value: Any, _ path: ArraySlice<Step>, _ change: (inout [String: Any]) -> Void
    ) -> Any {
        guard let step = path.first else {
            guard var object = value as? [String: Any] else { return value }
            change(&object)
            return object
        }
        switch step {
        case .member(let name):
            guard var object = value as? [String: Any], let child = object[name] else { return value }
            object[name] = changed(child, path.dropFirst(), change)
            return object
        case .index(let place):
            guard var array = value as? [Any] else { return value }
            array[place] = changed(array[place], path.dropFirst(), change)
            return array
        }
    }
}
