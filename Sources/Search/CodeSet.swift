/// Codes of a value set or below a code, for a clause that asks for any of them. Many: they are looked up, not compared.
package final class CodeSet: Sendable {
    /// The codes of each system.
    package let codes: [String: Set<String>]

    package init(_ codes: [SearchCode]) {
        var bySystem: [String: Set<String>] = [:]
        for code in codes { bySystem[code.system, default: []].insert(code.code) }
        self.codes = bySystem
    }

    /// - Parameter path: where the entry comes from; it says what system a bare code means.
    func matches(_ entry: IndexEntry, path: IndexPath?) -> Bool {
        guard !entry.second.isEmpty else { return false }
        let code = entry.second.text
        if !entry.first.isEmpty { return codes[entry.first.text]?.contains(code) == true }
        guard entry.isBare, let path else { return false }
        return codes.contains { system, codes in codes.contains(code) && path.means(system, code: code) }
    }
}
