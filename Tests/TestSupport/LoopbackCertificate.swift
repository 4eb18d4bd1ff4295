internal import Foundation

/// A certificate of 127.0.0.1, in files that go with it.
package final class LoopbackCertificate {
    private let folder: URL
    /// Paths of files in PEM.
    package let certificate: String
    package let key: String

    package init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "martlet-mail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        certificate = folder.appending(path: "certificate.pem").path()
        key = folder.appending(path: "key.pem").path()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj",
            "/CN=peer", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw SMTPPeer.Failure(reason: "openssl makes no certificate") }
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }
}
