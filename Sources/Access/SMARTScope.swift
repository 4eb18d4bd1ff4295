/// What may be done with resources of a type, as SMART scopes write it: `cruds`.
package struct SMARTPermissions: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static let create = SMARTPermissions(rawValue: 1)
    package static let read = SMARTPermissions(rawValue: 2)
    package static let update = SMARTPermissions(rawValue: 4)
    package static let delete = SMARTPermissions(rawValue: 8)
    package static let search = SMARTPermissions(rawValue: 16)
    package static let all: SMARTPermissions = [.create, .read, .update, .delete, .search]

    private static let letters: [(Character, SMARTPermissions)] = [
        ("c", .create), ("r", .read), ("u", .update), ("d", .delete), ("s", .search),
    ]

    /// Reads a part of `cruds` in that order, or what version 1 had: `read`, `write`, `*`.
    init?(_ text: Substring) {
        switch text {
        case "read": self = [.read, .search]
        case "write": self = [.create, .update, .delete]
        case "*": self = .all
        default:
            var made: SMARTPermissions = []
            var rest = Self.letters[...]
            for character in text {
                guard let place = rest.firstIndex(where: { $0.0 == character }) else { return nil }
                made.insert(rest[place].1)
                rest = rest[(place + 1)...]
            }
            guard !made.isEmpty else { return nil }
            self = made
        }
    }

    /// Such as `rs`.
    package var text: String {
        String(Self.letters.filter { contains($0.1) }.map(\.0))
    }
}

/// One scope for clinical data, such as `patient/Observation.rs?category=laboratory`.
/// - Source: SMART App Launch 2.2, Scopes and Launch Context.
package struct SMARTScope: Hashable, Sendable {
    /// Whose data it is about.
    package enum Context: String, Hashable, Sendable {
        /// The patient of the launch.
        case patient
        /// What the user may see.
        case user
        /// What the client may see by itself.
        case system
    }

    package var context: Context
    /// The resource type; `nil` for all.
    package var type: String?
    package var permissions: SMARTPermissions
    /// A search that the resources must match, without the question mark; `nil` for no such limit.
    package var criteria: String?

    static let bytesMax = 1_024

    package init(
        _ context: Context, type: String? = nil, _ permissions: SMARTPermissions = .all, criteria: String? = nil
    ) {
        self.context = context
        self.type = type
        self.permissions = permissions
        self.criteria = criteria
    }

    /// - Returns: `nil` if the text is no scope for clinical data. Whether the type and the criteria exist is not looked
    ///   at here.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.bytesMax, text.utf8.allSatisfy(Self.isScopeByte) else { return nil }
        let halves = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let slash = halves[0].firstIndex(of: "/"), let context = Context(rawValue: String(halves[0][..<slash]))
        else { return nil }
        let rest = halves[0][halves[0].index(after: slash)...]
        guard let dot = rest.firstIndex(of: "."),
            let permissions = SMARTPermissions(rest[rest.index(after: dot)...])
        else { return nil }
        let name = rest[..<dot]
        let isName = name.first?.isUppercase == true && name.utf8.allSatisfy { Self.isLetter($0) }
        guard name == "*" || isName, halves.count == 1 || !halves[1].isEmpty else { return nil }
        self.init(
            context, type: name == "*" ? nil : String(name), permissions,
            criteria: halves.count == 2 ? String(halves[1]) : nil)
    }

    /// As SMART App Launch 2 writes it.
    package var text: String {
        context.rawValue + "/" + (type ?? "*") + "." + permissions.text + (criteria.map { "?" + $0 } ?? "")
    }

    /// What a scope may hold: visible ASCII but quotation mark and backslash.
    /// - Source: RFC 6749 section 3.3.
    static func isScopeByte(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}

/// The scopes of a token.
package struct SMARTScopes: Hashable, Sendable {
    /// Those for clinical data.
    package var clinical: [SMARTScope]
    /// The others, such as `openid`, `fhirUser`, `launch/patient`, `offline_access`.
    package var other: [String]

    package static let countMax = 200
    private static let bytesMax = 16_384

    package init(clinical: [SMARTScope], other: [String] = []) {
        self.clinical = clinical
        self.other = other
    }

    /// Reads scopes with spaces between them. Those that nobody knows are among `other`.
    /// - Returns: `nil` if there are too many, or the text holds what no scope may.
    package init?(_ text: String) {
        // Bytes and not characters: a combining mark behind a space would hide the space.
        guard text.utf8.count <= Self.bytesMax,
            text.utf8.allSatisfy({ $0 == UInt8(ascii: " ") || SMARTScope.isScopeByte($0) })
        else { return nil }
        let words = text.split(separator: " ")
        guard words.count <= Self.countMax else { return nil }
        clinical = []
        other = []
        for word in words.map(String.init) {
            if let scope = SMARTScope(word) {
                if !clinical.contains(scope) { clinical.append(scope) }
            } else if !other.contains(word) {
                other.append(word)
            }
        }
    }

    package var text: String {
        (other + clinical.map(\.text)).joined(separator: " ")
    }

    /// Those for clinical data that are about a type and allow all of `permissions`.
    package func scopes(for type: String, _ permissions: SMARTPermissions) -> [SMARTScope] {
        clinical.filter { ($0.type == nil || $0.type == type) && $0.permissions.isSuperset(of: permissions) }
    }
}
