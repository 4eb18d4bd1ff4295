import Base
import FHIR
import Testing

/// A reference's parts as text.
private struct Parts: Equatable {
    var kind: ResourceReference.Kind
    var type: String?
    var id = ""
    var version = ""
    var query = ""
    var fragment = ""
    var base = ""
    var url = ""
}

@Suite struct ResourceReferenceTests {
    private func parts(_ text: String) throws -> Parts {
        let definitions = try Shared.definitions.get()
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBytes { buffer in
            let reference = ResourceReference(buffer, definitions: definitions)
            func part(_ range: Range<Int>) -> String { String(decoding: buffer[range], as: UTF8.self) }
            return Parts(
                kind: reference.kind, type: reference.type.map { definitions[$0].name }, id: part(reference.id),
                version: part(reference.version), query: part(reference.query), fragment: part(reference.fragment),
                base: part(reference.base), url: part(reference.url))
        }
    }

    @Test func `relative references give type, id and version`() throws {
        #expect(try parts("Patient/1") == Parts(kind: .relative, type: "Patient", id: "1", url: "Patient/1"))
        #expect(
            try parts("Patient/a-1.b/_history/2")
                == Parts(
                    kind: .relative, type: "Patient", id: "a-1.b", version: "2", url: "Patient/a-1.b/_history/2"))
        #expect(
            try parts("Patient/1#x")
                == Parts(kind: .relative, type: "Patient", id: "1", fragment: "x", url: "Patient/1"))
    }

    @Test func `absolute references give the server's base too`() throws {
        #expect(
            try parts("http://host/fhir/Patient/1")
                == Parts(
                    kind: .absolute, type: "Patient", id: "1", base: "http://host/fhir",
                    url: "http://host/fhir/Patient/1"))
        #expect(
            try parts("https://host:8080/Patient/1/_history/a")
                == Parts(
                    kind: .absolute, type: "Patient", id: "1", version: "a", base: "https://host:8080",
                    url: "https://host:8080/Patient/1/_history/a"))
        #expect(
            try parts("http://example.org/about") == Parts(kind: .absolute, url: "http://example.org/about"))
        #expect(
            try parts("http://Patient/1")
                == Parts(kind: .absolute, type: "Patient", id: "1", base: "http:/", url: "http://Patient/1"))
    }

    @Test func `urn references give what follows the name space`() throws {
        #expect(try parts("urn:uuid:a-b") == Parts(kind: .urn, id: "a-b", url: "urn:uuid:a-b"))
        #expect(try parts("urn:oid:1.2.3") == Parts(kind: .urn, id: "1.2.3", url: "urn:oid:1.2.3"))
        #expect(try parts("urn:oid:1.2|3") == Parts(kind: .urn, id: "1.2", version: "3", url: "urn:oid:1.2"))
        #expect(try parts("urn:uuid:").kind == .other)
        #expect(try parts("urn:isbn:1").kind == .absolute)
    }

    @Test func `contained, conditional and canonical references`() throws {
        #expect(try parts("#p1") == Parts(kind: .contained, id: "p1", fragment: "p1"))
        #expect(try parts("#") == Parts(kind: .contained))
        #expect(
            try parts("Practitioner?identifier=http://sys|val#1")
                == Parts(
                    kind: .conditional, type: "Practitioner", query: "identifier=http://sys|val", fragment: "1",
                    url: "Practitioner"))
        #expect(
            try parts("http://hl7.org/fhir/ValueSet/a|4.0.1#b")
                == Parts(
                    kind: .absolute, type: "ValueSet", id: "a", version: "4.0.1", fragment: "b",
                    base: "http://hl7.org/fhir", url: "http://hl7.org/fhir/ValueSet/a"))
    }

    @Test(arguments: [
        "", "Patient", "Patient/", "/Patient/1", "patient/1", "Pateint/1", "Patient/a_b", "Patient/1/2", "x/Patient/1",
        "Pateint?identifier=1", "Resource/1", "Patient/1/_history", "Patient/1/_history/", "_history/1", "://Patient/1",
        "Patient//1", "?", "|", "Patient/1/_history/2/3",
    ]) func `what is no reference is called other`(_ text: String) throws {
        #expect(try parts(text).kind == .other)
        #expect(try parts(text).type == nil)
    }

    @Test func `queries fall into pairs and escapes are undone`() throws {
        let text = Array("Practitioner?identifier=http%3A%2F%2Fs|a%20b+c&&active&name=".utf8)
        try text.withUnsafeBytes { buffer in
            let definitions = try Shared.definitions.get()
            let reference = ResourceReference(buffer, definitions: definitions)
            var decoded: [[String]] = []
            for (name, value) in QueryPairs(buffer, in: reference.query) {
                var bytes: [UInt8] = []
                #expect(percentDecode(UnsafeRawBufferPointer(rebasing: buffer[value]), into: &bytes))
                decoded.append([String(decoding: buffer[name], as: UTF8.self), String(decoding: bytes, as: UTF8.self)])
            }
            #expect(decoded == [["identifier", "http://s|a b+c"], ["active", ""], ["name", ""]])
        }
        for bad in ["%", "%4", "%4g", "a%"] {
            var bytes: [UInt8] = []
            #expect(!Array(bad.utf8).withUnsafeBytes { percentDecode($0, into: &bytes) })
        }
        var plus: [UInt8] = []
        #expect(Array("a+b".utf8).withUnsafeBytes { percentDecode($0, plusIsSpace: true, into: &plus) })
        #expect(plus == Array("a b".utf8))
    }

    @Test func `any bytes are taken apart without trouble`() throws {
        let definitions = try Shared.definitions.get()
        var random = SeededRandom(seed: 11)
        let words = ["Patient", "/", "_history", "urn:uuid:", "http:", "#", "?", "|", "1", "=", "%", "a", ":", "é"]
        for _ in 0..<20_000 {
            var text = ""
            for _ in 0..<Int.random(in: 0...8, using: &random) { text += words.randomElement(using: &random) ?? "" }
            Array(text.utf8).withUnsafeBytes { buffer in
                let reference = ResourceReference(buffer, definitions: definitions)
                let ranges = [
                    reference.id, reference.version, reference.query, reference.fragment, reference.base, reference.url,
                ]
                #expect(ranges.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= buffer.count }, "\(text)")
                for (name, value) in QueryPairs(buffer, in: reference.query) {
                    #expect(name.upperBound <= value.lowerBound && value.upperBound <= buffer.count)
                }
            }
        }
    }
}
