import Base
import Foundation
import Testing

import Intake

@Suite struct BundleIndexTests {
    private func index(_ entries: [String]) -> BundleIndex {
        let index = BundleIndex()
        for entry in entries { Array(entry.utf8).withUnsafeBytes { index.add(EntryFacts($0)) } }
        index.freeze()
        return index
    }

    @Test func `every spelling of a full URL finds its resource`() {
        let uuid = "0f3a9c00-1111-4222-8333-abcdefabcdef"
        let index = index([
            #"{"fullUrl":"urn:uuid:\#(uuid)","resource":{"resourceType":"Patient","id":"\#(uuid)"}}"#,
            #"{"resource":{"name":[{"id":"no"}],"id":"o\u0031","resourceType":"Organization"},"fullUrl":"https://a.b/c"}"#,
            #"{"fullUrl":"urn:uuid:11111111-1111-4222-8333-abcdefabcdef","resource":{"resourceType":"Device"}}"#,
            #"{"fullUrl":"urn:uuid:0F3A9C00-1111-4222-8333-ABCDEFABCDEF","resource":{"resourceType":"Group","id":"g"}}"#,
            #"{"resource":{"resourceType":"Basic","id":"x"}}"#, #"{"fullUrl":"urn:x"}"#, "[]", "{", "",
        ])
        #expect(index.count == 4)
        #expect(index.resource(at: "urn:uuid:\(uuid)") == .resource(type: "Patient", id: uuid))
        #expect(index.resource(at: "https://a.b/c") == .resource(type: "Organization", id: "o1"))
        #expect(
            index.resource(at: "urn:uuid:11111111-1111-4222-8333-abcdefabcdef") == .resource(type: "Device", id: nil))
        #expect(
            index.resource(at: "urn:uuid:0F3A9C00-1111-4222-8333-ABCDEFABCDEF") == .resource(type: "Group", id: "g"))
        #expect(index.resource(at: "urn:x") == .none)
        #expect(BundleIndex().resource(at: "urn:x") == .none)
    }

    @Test func `a full URL of two resources is ambiguous, of one twice it is not`() {
        let index = index([
            #"{"fullUrl":"urn:a","resource":{"resourceType":"Patient","id":"1"}}"#,
            #"{"fullUrl":"urn:a","resource":{"resourceType":"Patient","id":"2"}}"#,
            #"{"fullUrl":"urn:b","resource":{"resourceType":"Patient","id":"1"}}"#,
            #"{"fullUrl":"urn:b","resource":{"resourceType":"Patient","id":"1"}}"#,
        ])
        #expect(index.resource(at: "urn:a") == .ambiguous)
        #expect(index.resource(at: "urn:b") == .resource(type: "Patient", id: "1"))
    }

    @Test func `UUIDs come back as they were written`() {
        var random = SeededRandom(seed: 3)
        for _ in 0..<500 {
            let (high, low) = (random.next(), random.next())
            let text = UUIDText.format(high: high, low: low)
            let parsed = Array(text.utf8).withUnsafeBytes { UUIDText.parse($0) }
            #expect(parsed?.high == high && parsed?.low == low)
            #expect(UUID(uuidString: text)?.uuidString.lowercased() == text)
        }
    }
}
