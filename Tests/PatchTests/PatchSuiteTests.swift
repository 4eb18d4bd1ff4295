import Base
import FHIR
import Foundation
import JSONTape
import Patch
import TestSupport
import Testing

/// HL7's suites of JSON Patch and FHIRPath Patch.
@Suite struct PatchSuiteTests {
    private static let jsonSuite = "data/suites/fhir-patch/json-patch-tests.json"
    private static let pathSuite = "data/suites/fhir-patch/fhir-patch-tests.xml"
    static let now = Instant(microseconds: 1_772_600_767_089_000)

    @Test(.enabled(if: SharedData.has(jsonSuite), "needs shared/data/suites/fhir-patch"))
    func `every case of the JSON Patch suite gives what it should`() throws {
        let file = try #require(SharedData.file(Self.jsonSuite))
        let cases = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [[String: Any]])
        #expect(cases.count == 16)
        for one in cases {
            let name = one["comment"] as? String ?? ""
            let document = try JSONSerialization.data(withJSONObject: one["doc"] ?? [:])
            let patch = try JSONSerialization.data(withJSONObject: one["patch"] ?? [])
            let result = Result { try Patched.json(Array(document), Array(patch)) }
            if one["error"] != nil {
                #expect(throws: PatchError.self, "\(name)") { try result.get() }
            } else {
                let expected = one["expected"] as? NSDictionary
                let found = try JSONSerialization.jsonObject(with: Data(result.get())) as? NSDictionary
                #expect(found == expected && expected != nil, "\(name)")
            }
        }
    }

    /// All 33 cases of this suite are for R4 and apply to JSON. Those of mode "forwards" differ only for programs that
    /// make a patch from two resources, which this one does not.
    @Test(.enabled(if: SharedData.has(pathSuite), "needs shared/data/suites/fhir-patch"))
    func `every case of the FHIRPath Patch suite gives what it should`() throws {
        let definitions = try Shared.definitions.get()
        let converter = FHIRXML(definitions: definitions)
        let suite = try XMLTree.parse(Data(contentsOf: try #require(SharedData.file(Self.pathSuite))))
        let cases = suite.children.filter { $0.name == "case" }
        #expect(cases.count == 33)
        for one in cases {
            let name = one.attributes["name"] ?? ""
            func json(_ part: String) throws -> [UInt8]? {
                guard let tree = one.child(part)?.children.first(where: { !$0.name.isEmpty }) else { return nil }
                return Array(try JSONSerialization.data(withJSONObject: converter.resource(tree)))
            }
            let input = try #require(try json("input"), "\(name)")
            let diff = try #require(try json("diff"), "\(name)")
            let result = Result { try Patched.path(input, diff) }
            if one.child("error") != nil {
                #expect(throws: PatchError.self, "\(name)") { try result.get() }
            } else {
                let expected = try Self.comparable(try #require(try json("output"), "\(name)"))
                let found = try Self.comparable(try result.get())
                #expect(found == expected, "\(name)")
            }
        }
    }

    /// The resource with a narrative that no longer depends on how XML is laid out and quoted.
    private static func comparable(_ json: [UInt8]) throws -> NSDictionary? {
        var object = try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any]
        if var text = object?["text"] as? [String: Any], let div = text["div"] as? String {
            let tree = try XMLTree.parse(Data(div.utf8))
            text["div"] = tree.xml.filter { !$0.isWhitespace }
            object?["text"] = text
        }
        return object as NSDictionary?
    }
}

/// Applies patches to texts.
enum Patched {
    static func json(
        _ document: [UInt8], _ patch: [UInt8], limits: PatchLimits = PatchLimits()
    ) throws -> [UInt8] {
        let operations = try JSONDocument(patch).withRoot { try JSONPatch($0, limits: limits) }
        let writer = ByteWriter()
        try JSONDocument(document).withRoot { try operations.apply(to: $0, writing: writer) }
        return writer.copy()
    }

    static func json(_ document: String, _ patch: String, limits: PatchLimits = PatchLimits()) throws -> String {
        String(decoding: try json(Array(document.utf8), Array(patch.utf8), limits: limits), as: UTF8.self)
    }

    static func path(
        _ resource: [UInt8], _ parameters: [UInt8], limits: PatchLimits = PatchLimits()
    ) throws -> [UInt8] {
        let definitions = try Shared.definitions.get()
        let patch = try JSONDocument(parameters, names: definitions.names).withRoot {
            try FHIRPathPatch($0, definitions: definitions, limits: limits)
        }
        let writer = ByteWriter()
        try resource.withUnsafeBytes { try patch.apply(to: $0, now: PatchSuiteTests.now, writing: writer) }
        return writer.copy()
    }

    static func path(_ resource: String, _ parameters: String, limits: PatchLimits = PatchLimits()) throws -> String {
        String(decoding: try path(Array(resource.utf8), Array(parameters.utf8), limits: limits), as: UTF8.self)
    }

    /// A patch of one operation, from its parts' JSON.
    static func operation(_ parts: String...) -> String { operation(parts) }

    static func operation(_ parts: [String]) -> String {
        #"{"resourceType":"Parameters","parameter":[{"name":"operation","part":["# + parts.joined(separator: ",")
            + "]}]}"
    }

    static func part(_ name: String, _ member: String) -> String { #"{"name":"\#(name)",\#(member)}"# }

    /// `type` and `path` of an operation.
    static func head(_ type: String, _ path: String) -> String {
        part("type", #""valueCode":"\#(type)""#) + "," + part("path", #""valueString":"\#(path)""#)
    }
}
