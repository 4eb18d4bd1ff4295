package import Access
package import Accounts
internal import Base
internal import HTTP

/// The rules that label records of sensitive kinds, as a tenant has set them.
package enum LabelSetting {
    static let name = "labels"

    /// The rules that a tenant has set; `nil` if it has those that Martlet ships with.
    /// - Throws: `AccountsError`; `LabelRulesError` if what is kept is damaged.
    package static func rules(_ accounts: Accounts, _ tenant: TenantName) throws -> LabelRules? {
        try accounts.setting(name, tenant: tenant).map { try LabelRules.read(Array($0.utf8)) }
    }
}

extension PlatformAPI {
    func readLabelRules(_ call: PlatformCall) throws -> PlatformAnswer {
        let rules = try LabelSetting.rules(accounts, call.person().tenant)
        return answer(rules ?? .standard)
    }

    /// Sets the rules; they hold at once, for what is stored too. If that cannot be written in the audit trail they are
    /// taken back.
    func writeLabelRules(_ call: PlatformCall) throws -> PlatformAnswer {
        let tenant = try call.person().tenant
        let rules: LabelRules
        do {
            rules = try LabelRules.read(call.request.body)
        } catch {
            throw PlatformAPIError(.malformed, "These are no rules: \(error).", cause: error)
        }
        let before = try accounts.setting(LabelSetting.name, tenant: tenant)
        try accounts.setSetting(LabelSetting.name, String(decoding: rules.json, as: UTF8.self), tenant: tenant)
        try ports.applyLabels(rules, tenant)
        var answer = answer(rules)
        let labels = Set(rules.rules.map(\.label.code)).sorted()
        answer.detail = "\(rules.rules.count) rules, for: " + labels.prefix(64).joined(separator: " ")
        answer.undo = { [self] in
            do {
                try accounts.setSetting(LabelSetting.name, before, tenant: tenant)
                try ports.applyLabels(LabelSetting.rules(accounts, tenant) ?? .standard, tenant)
            } catch {
                report(error)
            }
        }
        return answer
    }

    private func answer(_ rules: LabelRules) -> PlatformAnswer {
        PlatformAnswer(HTTPResponse(status: .ok, contentType: "application/json", body: .bytes(rules.json)))
    }
}
