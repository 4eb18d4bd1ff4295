package import Access
package import Base

/// A person who may sign in to a tenant.
package struct User: Hashable, Sendable {
    /// Whether the user may sign in; the number is the one in the database.
    package enum State: Int64, Hashable, Sendable, CaseIterable {
        /// Has yet to set a password by the invite.
        case invited = 1
        case active = 2
        /// May not sign in.
        case disabled = 3
    }

    package let id: UserID
    /// What may be changed of a user.
    package var profile: Profile
    package var state: State
    package var created: Instant
    package var changed: Instant
    package var hasPassword: Bool
    /// Whether a second factor was confirmed.
    package var hasSecondFactor: Bool

    /// What a user is called and what they are.
    package struct Profile: Hashable, Sendable {
        package var name: LoginName
        /// 1 to 200 characters.
        package var displayName: String
        package var role: Role
        /// `Practitioner/ID`, `Patient/ID` or `RelatedPerson/ID`; `nil` if none.
        package var fhirUser: String?
        /// `Organization/ID` each, 64 at most.
        package var organizations: [String]

        package init(
            name: LoginName, displayName: String, role: Role, fhirUser: String? = nil, organizations: [String] = []
        ) {
            self.name = name
            self.displayName = displayName
            self.role = role
            self.fhirUser = fhirUser
            self.organizations = organizations
        }

        /// - Throws: `AccountsError.invalid`.
        package func check() throws(AccountsError) {
            let isShown = displayName.unicodeScalars.allSatisfy { scalar in
                ![.control, .format, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
            }
            guard isShown, (1...200).contains(displayName.unicodeScalars.count) else {
                throw AccountsError(.invalid, "A display name has 1 to 200 characters on one line.")
            }
            guard role != .system else {
                throw AccountsError(.invalid, "The role system is for clients; a person has another.")
            }
            if let fhirUser {
                guard ["Practitioner/", "Patient/", "RelatedPerson/"].contains(where: { Self.isID(fhirUser, of: $0) })
                else {
                    throw AccountsError(
                        .invalid, "fhirUser is a relative reference to a Practitioner, Patient or RelatedPerson.")
                }
            }
            guard organizations.count <= 64, organizations.allSatisfy({ Self.isID($0, of: "Organization/") }) else {
                throw AccountsError(.invalid, "organizations holds up to 64 relative references to an Organization.")
            }
        }

        /// - Source: FHIR R4, type `id`.
        private static func isID(_ text: String, of prefix: String) -> Bool {
            guard text.hasPrefix(prefix) else { return false }
            return FHIRIdentity.isID(text.dropFirst(prefix.count).utf8)
        }
    }
}

/// The form of ids in records.
enum FHIRIdentity {
    /// 1 to 64 letters, digits, `-` and `.`.
    static func isID(_ text: some Collection<UInt8>) -> Bool {
        (1...64).contains(text.count)
            && text.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            }
    }
}
