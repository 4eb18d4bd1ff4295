internal import Access
internal import Accounts
internal import Base
internal import HTTP

extension PlatformAPI {
    func readSecuritySettings(_ call: PlatformCall) throws -> PlatformAnswer {
        PlatformAnswer(output(of: try accounts.securitySettings(call.person().tenant)))
    }

    func writeSecuritySettings(_ call: PlatformCall) throws -> PlatformAnswer {
        let tenant = try call.person().tenant
        let body = try call.body("secondFactorRoles")
        guard let names = try body.texts("secondFactorRoles") else {
            throw PlatformAPIError(.malformed, "secondFactorRoles is missing.")
        }
        let roles = try names.map { name throws(PlatformAPIError) in
            guard let role = Role(rawValue: name), role != .system else {
                throw PlatformAPIError(.malformed, "secondFactorRoles holds roles of people.")
            }
            return role
        }
        let settings = SecuritySettings(secondFactorRoles: Set(roles))
        try accounts.setSecuritySettings(settings, tenant: tenant)
        var answer = PlatformAnswer(output(of: settings))
        answer.detail = "second factor for: " + roles.map(\.rawValue).sorted().joined(separator: " ")
        return answer
    }

    private func output(of settings: SecuritySettings) -> JSONObject {
        let object = JSONObject()
        object.add("secondFactorRoles", settings.secondFactorRoles.map(\.rawValue).sorted())
        return object
    }
}
