package import Base
internal import JSONTape

/// One issue of an OperationOutcome that a server sent.
package struct OutcomeIssue: Sendable {
    /// `fatal`, `error`, `warning`, `information` or `success`.
    package let severity: String
    /// Of the code system of issue types; letters and hyphens.
    package let code: String
    /// What the server says; it may tell of a patient.
    package let text: Private<String>

    /// Codes by which a server says that the same may succeed later.
    /// - Source: https://hl7.org/fhir/R4/codesystem-issue-type.html, below `transient`.
    private static let transientCodes: Set<String> = [
        "transient", "lock-error", "no-store", "timeout", "incomplete", "throttled",
    ]
    private static let issuesMax = 100
    private static let textBytesMax = 2_000
    private static let severities: Set<String> = ["fatal", "error", "warning", "information", "success"]

    /// Whether the server means that the same may succeed later.
    package var isTransient: Bool { Self.transientCodes.contains(code) }

    /// Whether it says that something is not served.
    package var isNotSupported: Bool { code == "not-supported" }

    /// The first hundred issues of an answer; none where it is no OperationOutcome.
    package static func read(_ bytes: [UInt8]) -> [OutcomeIssue] {
        guard let document = try? JSONDocument(bytes) else { return [] }
        return document.withRoot { read($0) }
    }

    static func read(_ root: JSONValue) -> [OutcomeIssue] {
        guard root.isObject, root.member("resourceType")?.equals("OperationOutcome") == true,
            let list = root.member("issue")
        else { return [] }
        var issues: [OutcomeIssue] = []
        for issue in list.elements {
            guard issues.count < issuesMax else { break }
            let severity = issue.member("severity")?.string ?? ""
            let code = issue.member("code")?.string ?? ""
            let words =
                issue.member("details")?.member("text")?.string ?? issue.member("diagnostics")?.string ?? ""
            issues.append(
                OutcomeIssue(
                    severity: severities.contains(severity) ? severity : "error", code: isCode(code) ? code : "unknown",
                    text: Private(String(decoding: words.utf8.prefix(textBytesMax), as: UTF8.self))))
        }
        return issues
    }

    private static func isCode(_ text: String) -> Bool {
        (1...40).contains(text.utf8.count)
            && text.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "-") }
    }
}
