/// A code of a code system.
package struct SystemCode: Hashable, Sendable {
    /// The code system's URI.
    package var system: String
    package var code: String

    package init(system: String, code: String) {
        self.system = system
        self.code = code
    }
}
