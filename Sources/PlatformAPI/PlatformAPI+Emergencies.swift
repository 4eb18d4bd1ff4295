internal import Access
internal import Accounts
internal import Base
internal import HTTP

extension PlatformAPI {
    /// HL7 PurposeOfUse: break the glass.
    private static let breakGlass = "BTG"

    func openEmergency(_ call: PlatformCall) throws -> PlatformAnswer {
        let person = try call.person()
        let body = try call.body("reason", "minutes")
        let grant = try accounts.openEmergency(
            of: person.user, tenant: person.tenant, patient: call.request.captures["patient"] ?? "",
            reason: body.required("reason"), minutes: body.integer("minutes"))
        var answer = PlatformAnswer(.created, output(of: grant))
        answer.patients = [grant.patient]
        answer.resources = ["Patient/" + grant.patient]
        answer.detail = grant.reason
        answer.purposeOfUse = Self.breakGlass
        return answer
    }

    /// Those who watch over the tenant see all, everybody else their own.
    func listPatientEmergencies(_ call: PlatformCall) throws -> PlatformAnswer {
        let person = try call.person()
        let patient = call.request.captures["patient"] ?? ""
        let seesAll = person.role == .admin || person.role == .auditor
        return try page(
            try accounts.emergencies(
                tenant: person.tenant, patient: patient, user: seesAll ? nil : person.user, before: cursor(call),
                countMax: call.limit() + 1), call)
    }

    func listEmergencies(_ call: PlatformCall) throws -> PlatformAnswer {
        let needsReview: Bool
        switch call.request.query["review"] {
        case nil: needsReview = false
        case "needed": needsReview = true
        default: throw PlatformAPIError(.malformed, "review takes needed.")
        }
        return try page(
            try accounts.emergencies(
                tenant: call.person().tenant, needsReview: needsReview, before: cursor(call),
                countMax: call.limit() + 1), call)
    }

    func reviewEmergency(_ call: PlatformCall) throws -> PlatformAnswer {
        let person = try call.person()
        let body = try call.body("justified", "note")
        guard let isJustified = try body.bool("justified") else {
            throw PlatformAPIError(.malformed, "justified is missing.")
        }
        let grant = try accounts.reviewEmergency(
            call.request.captures["grant"] ?? "", tenant: person.tenant, by: person.user, isJustified: isJustified,
            note: body.text("note") ?? "")
        var answer = PlatformAnswer(output(of: grant))
        answer.patients = [grant.patient]
        answer.resources = [grant.user.account]
        answer.detail = isJustified ? "justified" : "not justified"
        return answer
    }

    private func cursor(_ call: PlatformCall) throws -> Instant? {
        guard let text = call.request.query["cursor"] else { return nil }
        guard let value = Int64(text) else {
            throw PlatformAPIError(.malformed, "That is no cursor of a page.")
        }
        return Instant(microseconds: value)
    }

    private func page(_ grants: [EmergencyGrant], _ call: PlatformCall) throws -> PlatformAnswer {
        let limit = try call.limit()
        let shown = grants.prefix(limit)
        let object = JSONObject()
        object.add("items", shown.map(output(of:)))
        object.add("next", grants.count > limit ? shown.last.map { String($0.opened.microseconds) } : nil)
        var answer = PlatformAnswer(object)
        answer.patients = Array(Set(shown.map(\.patient))).sorted()
        return answer
    }

    private func output(of grant: EmergencyGrant) -> JSONObject {
        let object = JSONObject()
        object.add("id", grant.id)
        object.add("user", grant.user.description)
        object.add("userName", grant.userName)
        object.add("patient", grant.patient)
        object.add("reason", grant.reason)
        object.add("opened", grant.opened)
        object.add("expires", grant.expires)
        if let review = grant.review {
            let inner = JSONObject()
            inner.add("time", review.time)
            inner.add("reviewer", review.reviewer.description)
            inner.add("justified", review.isJustified)
            inner.add("note", review.note)
            object.add("review", inner)
        }
        return object
    }
}
