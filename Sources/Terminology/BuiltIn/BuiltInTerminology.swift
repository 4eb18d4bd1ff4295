internal import Base

/// The code systems and value sets of FHIR R4 that are part of the program. One for all tenants.
///
/// Loading reads the directory only; each definition is made ready when it is first asked for, and kept.
package final class BuiltInTerminology: @unchecked Sendable {
    // Safe to share: `models` is only touched under the lock, the rest never changes.

    /// Where a definition stands in the table.
    private struct Place {
        /// Of its line in the directory.
        var line: Int
        var body: Range<Int>
        var isCodeSystem: Bool
    }

    private enum Model {
        case codeSystem(CodeSystemModel)
        case valueSet(ValueSetModel)
    }

    private let table: UnsafeRawBufferPointer
    private let places: [Place]
    private let codeSystems: [String: Int]
    private let valueSets: [String: Int]
    /// From the address of a value set of all codes to its code system.
    private let wholeSystems: [String: Int]
    private let lock = Lock()
    private var models: [Int: Model] = [:]

    /// - Throws: `TerminologyError.exception` if the table is not as expected: the program was built wrongly.
    package static func load() throws(TerminologyError) -> BuiltInTerminology {
        try BuiltInTerminology(
            UnsafeRawBufferPointer(start: terminologyTable.utf8Start, count: terminologyTable.utf8CodeUnitCount))
    }

    private init(_ table: UnsafeRawBufferPointer) throws(TerminologyError) {
        var lines = TableLines(table)
        var places: [Place] = []
        var codeSystems: [String: Int] = [:]
        var valueSets: [String: Int] = [:]
        var wholeSystems: [String: Int] = [:]
        var bodyStart = 0
        var line = 0
        while lines.next() {
            guard let length = lines.number(1), let url = lines.text(2) else { throw Self.unexpected(line) }
            let isCodeSystem = lines.kind == UInt8(ascii: "C")
            if isCodeSystem {
                codeSystems[url] = places.count
                if let whole = lines.text(11) { wholeSystems[whole] = places.count }
            } else {
                valueSets[url] = places.count
            }
            places.append(Place(line: line, body: bodyStart..<bodyStart + length, isCodeSystem: isCodeSystem))
            bodyStart += length
            line = lines.position
        }
        let start = lines.position
        guard start + bodyStart == table.count else { throw Self.unexpected(start) }
        for place in places.indices {
            places[place].body = places[place].body.lowerBound + start..<places[place].body.upperBound + start
        }
        self.table = table
        self.places = places
        self.codeSystems = codeSystems
        self.valueSets = valueSets
        self.wholeSystems = wholeSystems.filter { valueSets[$0.key] == nil }
    }

    static func unexpected(_ offset: Int) -> TerminologyError {
        TerminologyError(.exception, "the table of code systems is not as expected at byte \(offset)")
    }

    /// The addresses of all code systems, in the order of the alphabet.
    package var codeSystemURLs: [String] { codeSystems.keys.sorted() }

    /// The addresses of all value sets, in the order of the alphabet.
    package var valueSetURLs: [String] { valueSets.keys.sorted() }

    /// The code system of that address and version.
    package func codeSystem(_ canonical: Canonical) throws(TerminologyError) -> CodeSystemModel? {
        // Six code systems of R4 have a `|` in their very address.
        if let number = codeSystems[canonical.description], case .codeSystem(let model) = try model(number) {
            return model
        }
        guard let number = codeSystems[canonical.url], case .codeSystem(let model) = try model(number),
            canonical.accepts(version: model.version)
        else { return nil }
        return model
    }

    /// The value set of that address and version. One that R4 names only as "all codes of this system" is made up.
    package func valueSet(_ canonical: Canonical) throws(TerminologyError) -> ValueSetModel? {
        if let number = valueSets[canonical.url] {
            guard case .valueSet(let model) = try model(number), canonical.accepts(version: model.version) else {
                return nil
            }
            return model
        }
        guard let number = wholeSystems[canonical.url], case .codeSystem(let system) = try model(number),
            canonical.accepts(version: system.version)
        else { return nil }
        return ValueSetModel(url: canonical.url, system: system.url, version: nil, filters: [])
    }

    private func model(_ number: Int) throws(TerminologyError) -> Model {
        if let known = lock.withLock({ models[number] }) { return known }
        let place = places[number]
        var line = TableLines(table, from: place.line)
        guard line.next() else { throw Self.unexpected(place.line) }
        var body = TableLines(table, from: place.body.lowerBound, to: place.body.upperBound)
        let made: Model
        if place.isCodeSystem {
            made = .codeSystem(try CodeSystemModel(line, &body, table: table))
        } else {
            made = .valueSet(try ValueSetModel(line, &body, table: table))
        }
        return lock.withLock {
            // Two threads may have made it: one is kept, so that a model is the same for all.
            if let known = models[number] { return known }
            models[number] = made
            return made
        }
    }
}
