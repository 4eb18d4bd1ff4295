/// Whether a code is right.
package struct ValidationResult: Sendable {
    /// Whether the code is in the value set or code system.
    package var membership: Membership
    /// What is wrong although the code is there: its display, or that it only groups others.
    package var objections: [String] = []
    /// Why the code is not right, or what to note about one that is.
    package var message: String?
    /// The display that the code should have, if known.
    package var display: String?
    /// The code that the answer is about, with the system that was inferred.
    package var coding: CodedValue

    /// Whether the code is right; not where nobody can say, which `membership` tells apart.
    package var isValid: Bool { membership.isMember && objections.isEmpty }
}
