internal import Accounts
internal import Audit
internal import Base
internal import HTTP

extension PlatformAPI {
    func changePassword(_ call: PlatformCall) throws -> PlatformAnswer {
        let person = try call.person()
        let id = try call.userID()
        guard id == person.user else { return try makeResetLink(id, call) }
        let body = try call.body("present", "new")
        let admission = try accounts.changePassword(
            of: id, tenant: person.tenant, present: body.required("present"), new: body.required("new"),
            session: call.session())
        var answer = PlatformAnswer.nothing
        if let admission { setCookies(admission, &answer.response) }
        answer.response.headers[RequestOrigin.tokenField] = admission?.signedIn.csrfToken
        answer.resources = [id.account]
        return answer
    }

    /// An admin sets nobody's password: the user gets a link.
    private func makeResetLink(_ id: UserID, _ call: PlatformCall) throws -> PlatformAnswer {
        _ = try call.body()
        let (link, isMailed) = try accounts.resetLink(of: id, tenant: call.person().tenant)
        var answer = PlatformAnswer(.created, output(of: link, isMailed: isMailed))
        answer.resources = [id.account]
        answer.detail = "reset link"
        return answer
    }

    func enrolSecondFactor(_ call: PlatformCall) throws -> PlatformAnswer {
        let person = try call.person()
        let enrolment = try accounts.enrolSecondFactor(of: person.user, tenant: person.tenant)
        let object = JSONObject()
        object.add("secret", enrolment.secret)
        object.add("uri", enrolment.uri)
        return PlatformAnswer(.created, object)
    }

    func confirmSecondFactor(_ call: PlatformCall) throws -> PlatformAnswer {
        let person = try call.person()
        let code = try call.body("code").required("code")
        let confirmed = try accounts.confirmSecondFactor(
            of: person.user, tenant: person.tenant, code: code, session: call.session())
        let object = JSONObject()
        object.add("recoveryCodes", confirmed.recoveryCodes)
        object.add("csrfToken", confirmed.admission?.signedIn.csrfToken)
        var answer = PlatformAnswer(object)
        if let admission = confirmed.admission { setCookies(admission, &answer.response) }
        answer.resources = [person.user.account]
        return answer
    }

    func removeSecondFactor(_ call: PlatformCall) throws -> PlatformAnswer {
        let person = try call.person()
        let id = try call.userID()
        if id == person.user {
            let password = try call.body("password").required("password")
            try accounts.requirePassword(password, of: id, tenant: person.tenant)
            try accounts.removeSecondFactor(of: id, tenant: person.tenant, keeping: call.session())
        } else {
            try accounts.removeSecondFactor(of: id, tenant: person.tenant)
        }
        var answer = PlatformAnswer.nothing
        answer.resources = [id.account]
        return answer
    }

    func renewRecoveryCodes(_ call: PlatformCall) throws -> PlatformAnswer {
        let person = try call.person()
        let password = try call.body("password").required("password")
        try accounts.requirePassword(password, of: person.user, tenant: person.tenant)
        let object = JSONObject()
        object.add("recoveryCodes", try accounts.renewRecoveryCodes(of: person.user, tenant: person.tenant))
        var answer = PlatformAnswer(object)
        answer.resources = [person.user.account]
        return answer
    }
}
