internal import Foundation

/// A certificate of the moment for a server of this machine, in files that go with the last reference.
package final class LoopbackCertificate: Sendable {
    /// Whether one can be made here.
    package static let hasTools: Bool = {
        let isThere = FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")
        if !isThere { print("SKIPPED: tests of TLS as a client need openssl in /usr/bin") }
        return isThere
    }()

    private let folder: URL
    /// Paths of files in PEM.
    package let certificate: String
    package let key: String

    /// - Parameter names: what it is made out to, as openssl writes it.
    package init(_ names: String = "IP:127.0.0.1") throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "martlet-certificate-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        certificate = folder.appending(path: "certificate.pem").path()
        key = folder.appending(path: "key.pem").path()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=peer", "-addext", "subjectAltName=\(names)", "-keyout", key, "-out", certificate,
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw PeerFailure(reason: "openssl makes no certificate") }
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }
}
