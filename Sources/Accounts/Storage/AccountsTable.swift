internal import Vault

/// The tables of the accounts, and what is done where rows of them are missing or older than they must be.
enum AccountsTable {
    /// Without its row a tenant is open, so that one that was altered must not be passed over.
    static let tenants = MarkedTable(
        "tenants", key: [.integer("tenant_id")], [.integer("state"), .bytes("sealed")], loss: .stopsAtOnce)
    static let users = MarkedTable(
        "users", key: [.integer("tenant_id"), .text("user_id")],
        [
            .bytes("name_hash"), .bytes("role_mark"), .integer("state"), .integer("created_at"),
            .integer("changed_at"), .bytes("profile"), .bytes("password"), .bytes("totp"), .integer("totp_confirmed"),
            .integer("totp_step"),
        ], loss: .stops)
    static let recoveryCodes = MarkedTable(
        "recovery_codes", key: [.integer("tenant_id"), .text("user_id"), .bytes("code_hash")], [], loss: .stops)
    static let sessions = MarkedTable(
        "sessions", key: [.bytes("secret_hash")],
        [
            .integer("tenant_id"), .text("user_id"), .text("session_id"), .integer("created_at"), .integer("seen_at"),
            .integer("due"), .bytes("origin"),
        ], loss: .empties([]))
    static let links = MarkedTable(
        "links", key: [.bytes("secret_hash")],
        [.integer("tenant_id"), .text("user_id"), .integer("kind"), .integer("expires_at")], loss: .empties([]))
    static let devices = MarkedTable(
        "devices", key: [.integer("tenant_id"), .text("user_id"), .bytes("secret_hash")], [.integer("seen_at")],
        loss: .empties([]))
    static let failures = MarkedTable(
        "failures", key: [.bytes("subject_hash")],
        [.integer("count"), .integer("last_at"), .integer("blocked_until")], loss: .empties([]))
    static let emergencies = MarkedTable(
        "emergencies", key: [.integer("tenant_id"), .text("grant_id")],
        [
            .text("user_id"), .integer("opened_at"), .integer("expires_at"), .integer("reviewed_at"), .bytes("sealed"),
        ], loss: .stops)
    /// Without its row a tenant demands nothing, as of `tenants`.
    static let settings = MarkedTable(
        "settings", key: [.integer("tenant_id"), .text("name")], [.bytes("sealed")], loss: .stopsAtOnce)

    static let all = [
        tenants, users, recoveryCodes, sessions, links, devices, failures, emergencies, settings,
    ]
    /// Those with rows of a user that go with the user.
    static let ofUser = [sessions, links, devices, recoveryCodes, users]
}
