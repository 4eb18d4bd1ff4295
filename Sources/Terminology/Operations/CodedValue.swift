/// A code as a record states it: the parts of a Coding that matter here.
package struct CodedValue: Sendable, Equatable {
    package var system: String?
    package var version: String?
    package var code: String
    package var display: String?

    package init(system: String? = nil, version: String? = nil, code: String, display: String? = nil) {
        self.system = system
        self.version = version
        self.code = code
        self.display = display
    }
}
