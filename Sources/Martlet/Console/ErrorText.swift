internal import Accounts
internal import Audit
internal import BulkData
internal import Compression
internal import FHIR
internal import HTTPServer
internal import Intake
internal import Jobs
internal import Mail
internal import OAuth
internal import Push
internal import RecordStore
internal import SQLDatabase
internal import Uploads
internal import Vault
internal import WebClient

/// Errors as a person at the terminal reads them.
enum ErrorText {
    /// One line, or a few, for whoever gave the command.
    static func describe(_ error: any Error) -> String {
        known(error) ?? String(describing: error)
    }

    /// For a log, which is no place for a patient's data: only the words of errors that never hold any.
    static func forLog(_ error: any Error) -> String {
        known(error) ?? "\(type(of: error))"
    }

    private static func known(_ error: any Error) -> String? {
        switch error {
        case let error as MartletError: error.detail
        case let error as StoreError: withCause(error.detail, error.cause)
        case let error as VaultError: withCause(error.detail, error.cause)
        case let error as SQLError: withCause(error.detail, error.cause)
        case let error as CompressionError: withCause(error.detail, error.cause)
        case let error as IntakeError: withCause(error.detail, error.cause)
        case let error as ServerError: withCause(error.detail, error.cause)
        case let error as FHIRError: error.detail
        case let error as AuditError: withCause(error.detail, error.cause)
        case let error as AccountsError: withCause(error.detail, error.cause)
        case let error as BulkDataError: withCause(error.detail, error.cause)
        case let error as OAuthError: withCause(error.detail, error.cause)
        case let error as JobsError: withCause(error.detail, error.cause)
        case let error as UploadError: withCause(error.detail, error.cause)
        case let error as PushError: error.detail
        case let error as WebClientError: withCause(error.detail, error.cause)
        case let error as MailError: withCause(error.detail, error.cause)
        default: nil
        }
    }

    private static func withCause(_ detail: String, _ cause: (any Error)?) -> String {
        guard let cause, let reason = known(cause) else { return detail }
        return detail.contains(reason) ? detail : "\(detail) (\(reason))"
    }
}
