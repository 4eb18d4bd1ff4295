internal import RecordStore
internal import Terminology

extension FHIRAPIError {
    init(_ error: TerminologyError) {
        if error.code == .exception, let cause = error.cause {
            self = Self.wrapping(cause)
            return
        }
        let detail = error.detail.prefix(1).uppercased() + error.detail.dropFirst() + "."
        switch error.code {
        case .notFound: self.init(.notFound, .notFound, detail, cause: error)
        case .notSupported: self.init(.unprocessable, .notSupported, detail, cause: error)
        case .tooCostly: self.init(.unprocessable, .tooCostly, detail, cause: error)
        case .codeInvalid: self.init(.unprocessable, .codeInvalid, detail, cause: error)
        case .invalid: self.init(.unprocessable, .invalid, detail, cause: error)
        case .exception:
            self.init(.failed, .exception, "The server failed to answer this request.", cause: error)
        }
    }
}
