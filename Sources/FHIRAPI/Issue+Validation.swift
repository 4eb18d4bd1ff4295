internal import Validation

extension Issue {
    init(_ finding: ValidationFinding) {
        let severity: Severity =
            switch finding.severity {
            case .error: .error
            case .warning: .warning
            case .information: .information
            }
        self.init(
            severity: severity, kind: Kind(rawValue: finding.code.rawValue) ?? .processing,
            diagnostics: finding.message, expression: finding.location,
            location: finding.line > 0 ? "Line \(finding.line), Column \(finding.column)" : nil)
    }
}
