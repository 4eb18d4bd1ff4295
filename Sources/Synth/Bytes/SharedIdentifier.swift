internal import Base

/// The business identifier by which patients' bundles find a resource of the care network.
package enum SharedIdentifier: Sendable {
    /// A national provider identifier, ten digits. Those here start with 9, real ones with 1 or 2.
    case npi(Int)
    /// The number of a location in the network of its seed.
    case location(Int)

    /// The system of the identifier.
    var system: StaticString {
        switch self {
        case .npi: "http://hl7.org/fhir/sid/us-npi"
        case .location: "https://martlet.example/synth/location"
        }
    }

    /// The value of the identifier.
    package var value: Int {
        switch self {
        case .npi(let number), .location(let number): number
        }
    }

    /// Writes `system|value`, the form of a token in a search.
    func write(into out: ByteWriter) {
        out.write(system)
        out.write(0x7C)
        out.writeWhole(value)
    }

    /// Writes the `identifier` field with its leading comma.
    func writeField(into out: ByteWriter) {
        out.write(#","identifier":[{"system":""#)
        out.write(system)
        out.write(#"","value":""#)
        out.writeWhole(value)
        out.write(#""}]"#)
    }

    /// The ten digits of an NPI made of the nine digits `stem`: a Luhn check digit over the prefix 80840 is appended.
    /// - Source: CMS, "Requirements for National Provider Identifier and NPI Check Digit".
    package static func npi(stem: Int) -> SharedIdentifier {
        var sum = 24
        var rest = stem
        var doubled = true
        while rest > 0 {
            let digit = rest % 10
            let term = doubled ? digit * 2 : digit
            sum += term > 9 ? term - 9 : term
            doubled.toggle()
            rest /= 10
        }
        return .npi(stem * 10 + (10 - sum % 10) % 10)
    }
}
