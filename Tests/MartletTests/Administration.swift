import Foundation
import Testing

/// A served store whose first administrator was made at the setup page and is signed in.
final class Administration {
    static let password = "seven grey herons by the weir"

    let serving: Serving
    /// The administrator's browser.
    let browser: Browser
    /// The token that the administrator's session repeats.
    let csrf: String

    /// - Parameters:
    ///   - name: the administrator's sign-in name.
    ///   - displayName: what people know the administrator by.
    ///   - options: of `martlet serve`.
    init(
        _ data: String, name: String = "admin@example.org", displayName: String = "Ada Admin",
        password: String = password, options: [String] = [], environment: [String: String] = [:]
    ) throws {
        serving = try Serving(data, options: options, environment: environment)
        let link = try #require(serving.setupLink)
        let path = try #require(link.range(of: "/setup/").map { String(link[$0.lowerBound...]) })
        browser = Browser(port: serving.port)
        let made = try browser.post(
            path, form: ["name": name, "displayName": displayName, "password": password])
        try #require(made.status == 200, "\(made.text)")
        csrf = try Self.signIn(browser, name, password)
    }

    /// Signs in with JSON.
    /// - Returns: the session's token against forged requests.
    @discardableResult
    static func signIn(
        _ browser: Browser, _ name: String, _ password: String, tenant: String = "default"
    ) throws -> String {
        let answer = try browser.post(
            "/api/v1/sessions", #"{"tenant":"\#(tenant)","name":"\#(name)","password":"\#(password)"}"#)
        try #require(answer.status == 201, "\(answer.text)")
        return try #require(answer.text("csrfToken"))
    }

    /// A request of the administrator that changes something.
    func send(_ method: String, _ target: String, _ json: String? = nil) throws -> Browser.Answer {
        try browser.send(method, target, json, headers: ["X-CSRF-Token": csrf])
    }

    /// Invites somebody, who accepts.
    /// - Returns: the user's id.
    func invite(_ name: String, role: String, fhirUser: String? = nil, password: String = password) throws -> String {
        let person = fhirUser.map { #","fhirUser":"\#($0)""# } ?? ""
        let made = try send(
            "POST", "/api/v1/users", #"{"name":"\#(name)","displayName":"\#(name)","role":"\#(role)"\#(person)}"#)
        try #require(made.status == 201, "\(made.text)")
        let link = try #require(made.text("url"))
        let path = try #require(link.range(of: "/invite/").map { String(link[$0.lowerBound...]) })
        let accepted = try Browser(port: serving.port).post(path, form: ["password": password])
        try #require(accepted.status == 200, "\(accepted.text)")
        return try #require(made.text("id"))
    }
}
