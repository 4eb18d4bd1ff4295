internal import Access
internal import Accounts
internal import Glibc

/// The link by which the first administrator of a tenant is made, in a file that its operator alone can read.
enum SetupLink {
    /// Makes a new link in place of an earlier one, as long as nobody administers the tenant; else removes the file.
    /// - Returns: the address of the page.
    /// - Throws: `AccountsError`, `MartletError.folder`.
    static func renew(_ installation: Installation, tenant: TenantName) throws -> String? {
        let path = installation.store.folder.setupLink
        unlink(path)
        guard let link = try installation.accounts.setupLink(tenant) else { return nil }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        let text = Array((link.url + "\n").utf8)
        guard write(descriptor, text, text.count) == text.count else { throw failure(path) }
        return link.url
    }

    private static func failure(_ path: String) -> MartletError {
        MartletError(.folder, "cannot write \(path): \(String(cString: strerror(errno)))")
    }
}
