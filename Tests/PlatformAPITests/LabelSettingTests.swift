import Access
import Audit
import HTTP
import PlatformAPI
import Testing

@Suite struct LabelSettingTests {
    private static let rules = #"{"rules":[{"label":"PSY","codes":[{"system":"http://loinc.org","code":"1-1"}]}]}"#

    @Test func `rules that are set hold at once and are there at the next start`() async throws {
        let test = try TestPlatform()
        try test.add("ada", .admin)
        let own = try await test.signIn("ada")
        let shipped = try await test.send(.get, "/settings/labels", as: own)
        #expect(try LabelRules.read(shipped.body.collect()) == .standard)
        #expect(try LabelSetting.rules(test.accounts, .standard) == nil)
        let set = try await test.send(.put, "/settings/labels", as: own, body: Self.rules)
        #expect(set.status == .ok)
        let rules = try LabelRules.read(Array(Self.rules.utf8))
        #expect(test.records.labelRules == rules)
        #expect(try LabelSetting.rules(test.accounts, .standard) == rules)
        let read = try await test.send(.get, "/settings/labels", as: own)
        #expect(try LabelRules.read(read.body.collect()) == rules)
        let entry = try #require(test.trail.entries.last { $0.action == .update })
        #expect(entry.category == .configuration && entry.event == "label-rules")
        #expect(entry.detail == "1 rules, for: PSY")
    }

    @Test(arguments: ["", "{}", "[]", #"{"rules":[{}]}"#, #"{"rules":[{"label":"PSY","else":1}]}"#])
    func `what is no set of rules changes nothing`(_ body: String) async throws {
        let test = try TestPlatform()
        try test.add("ada", .admin)
        let own = try await test.signIn("ada")
        #expect(try await test.send(.put, "/settings/labels", as: own, body: body).status == .badRequest)
        #expect(test.records.labelRules == nil)
        #expect(try LabelSetting.rules(test.accounts, .standard) == nil)
    }

    @Test func `rules that the trail does not take are taken back`() async throws {
        let test = try TestPlatform()
        try test.add("ada", .admin)
        let own = try await test.signIn("ada")
        test.trail.setFails(true)
        #expect(
            try await test.send(.put, "/settings/labels", as: own, body: Self.rules).status == .serviceUnavailable)
        test.trail.setFails(false)
        // What is taken back is done on a thread.
        for _ in 0..<200 where try LabelSetting.rules(test.accounts, .standard) != nil {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(try LabelSetting.rules(test.accounts, .standard) == nil)
    }
}
