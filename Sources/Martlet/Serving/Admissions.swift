internal import Access
internal import Accounts
internal import FHIRAPI
internal import HTTP
internal import OAuth
internal import OAuthAPI
internal import OnboardingAPI

/// Who sends a request, by whatever credential it has: a client's token or a person's session.
struct Admissions: Sendable {
    let accounts: Accounts
    let authorization: AuthorizationServer

    /// For the interface to the records.
    func admission(of request: HTTPRequest) -> FHIRAPI.Admission {
        if request.headers["authorization"] != nil {
            guard let token = request.bearerToken else { return .anonymous }
            guard let admission = authorization.admit(token), accounts.isOpen(admission.tenant) else { return .unknown }
            return .admitted(scope(admission.tenant, admission.subject, request))
        }
        guard let signedIn = accounts.authenticate(request) else { return .anonymous }
        let scope = scope(signedIn.tenant, signedIn.subject, request)
        switch signedIn.due {
        case .nothing: break
        case .code: return .refused(scope, "The code of the second factor is due first.")
        case .enrolment: return .refused(scope, "A second factor must be set up first.")
        }
        guard accounts.accepts(request, signedIn) else {
            return .refused(
                scope,
                "A request with a session's cookie that changes something repeats its token in the header "
                    + RequestOrigin.tokenField + ".")
        }
        return .admitted(scope)
    }

    /// For the interface by which data comes in.
    func onboarding(of request: HTTPRequest) -> OnboardingAPI.Admission {
        switch admission(of: request) {
        case .admitted(let scope): .admitted(scope)
        case .anonymous: .anonymous
        case .unknown: .unknown
        case .refused(let scope, let reason): .refused(scope, reason)
        }
    }

    /// For the interface by which clients are let in.
    func session(of request: HTTPRequest) -> OAuthAPI.SignedIn? {
        guard let signedIn = accounts.authenticate(request), signedIn.due == .nothing else { return nil }
        return OAuthAPI.SignedIn(
            tenant: signedIn.tenant, facts: signedIn.subject.facts, displayName: signedIn.displayName,
            csrf: signedIn.csrfToken)
    }

    /// Whom a request's rate counts for: its credential if that is good, else its address.
    func rateSubject(of request: HTTPRequest) -> RateSubject {
        if let token = request.bearerToken, authorization.admit(token) != nil { return .credential(token) }
        if let signedIn = accounts.authenticate(request) { return .credential("session " + signedIn.session) }
        return .address(request.remoteAddress)
    }

    private func scope(_ tenant: TenantName, _ subject: Subject, _ request: HTTPRequest) -> AccessScope {
        var subject = subject
        if let purpose = request.headers[Self.purposeField], Self.purposes.contains(purpose) {
            var facts = subject.facts
            facts.purposeOfUse = purpose
            subject = Subject(facts)
        }
        return AccessScope(tenant: tenant, subject: subject)
    }

    private static let purposeField = "X-Purpose-Of-Use"

    /// - Source: HL7 v3 PurposeOfUse, https://terminology.hl7.org/ValueSet-v3-PurposeOfUse.html
    private static let purposes: Set<String> = [
        "TREAT", "HPAYMT", "HOPERAT", "HRESCH", "PATRQT", "PUBHLTH", "ETREAT", "BTG", "CAREMGT", "COVERAGE", "HMARKT",
        "HSYSADMIN", "HLEGAL", "FAMRQT", "PATADMIN", "PATSFTY", "POPHLTH", "TREATDS", "CLINTRL",
    ]
}
