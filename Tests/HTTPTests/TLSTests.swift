import Foundation
import HTTP
import HTTPServer
import Testing

@Suite struct TLSTests {
    /// Runs a program; its output, or `nil` if it is not there or fails.
    private static func run(_ path: String, _ arguments: [String]) -> String? {
        guard FileManager.default.isExecutableFile(atPath: path) else { return nil }
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return process.terminationStatus == 0 ? text : nil
    }

    @Test func `requests over TLS are answered, at once and later`() async throws {
        try await onThread {
            let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-tls-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let key = folder.appending(path: "key.pem")
            let certificate = folder.appending(path: "certificate.pem")
            let made = Self.run(
                "/usr/bin/openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", key.path(), "-out", certificate.path(),
                ])
            guard made != nil, FileManager.default.isExecutableFile(atPath: "/usr/bin/curl") else {
                print("SKIPPED: the TLS test needs openssl and curl in /usr/bin")
                return
            }
            let tls = ServerConfiguration.TLS(
                certificate: try String(contentsOf: certificate, encoding: .utf8),
                key: try String(contentsOf: key, encoding: .utf8))
            let server = try Server(ServerConfiguration(tls: tls), handler: Fixture.router().handler)
            #expect(server.address == "https://127.0.0.1:\(server.port)")
            let answer = Self.run(
                "/usr/bin/curl",
                [
                    "-sS", "--cacert", certificate.path(), "\(server.address)/hello", "\(server.address)/thread?n=1",
                    "\(server.address)/stream?pieces=4",
                ])
            #expect(answer == "hellothread 1piece 0\npiece 2\npiece 3\n")
            #expect(Self.run("/usr/bin/curl", ["-sS", "--tls-max", "1.1", "-k", "\(server.address)/hello"]) == nil)
            server.stop()
        }
    }
}
