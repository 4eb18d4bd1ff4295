import Foundation
import HTTPServer

/// Certificates of the moment, and the programs of others that speak TLS.
enum TLSFixture {
    static let hasTools: Bool = {
        let isThere = ["openssl", "curl"].allSatisfy { FileManager.default.isExecutableFile(atPath: "/usr/bin/" + $0) }
        if !isThere { print("SKIPPED: the tests of TLS need openssl and curl in /usr/bin") }
        return isThere
    }()

    enum Kind: String {
        case ellipticCurve
        case rsa
    }

    /// A certificate for 127.0.0.1 and its key, in files that go with the last reference.
    final class Pair: Sendable {
        private let folder: URL
        let certificate: String
        let key: String
        /// Both, read anew.
        var tls: ServerConfiguration.TLS {
            get throws { try ServerConfiguration.TLS(certificateFile: certificate, keyFile: key) }
        }

        fileprivate init(_ kind: Kind) throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "martlet-tls-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            certificate = folder.appending(path: "certificate.pem").path()
            key = folder.appending(path: "key.pem").path()
            let algorithm =
                kind == .rsa
                ? ["-newkey", "rsa:2048"] : ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
            let made = TLSFixture.run(
                "openssl",
                ["req", "-x509"] + algorithm + [
                    "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", key, "-out", certificate,
                ])
            guard made != nil else { throw RawClient.Failure(reason: "openssl makes no certificate") }
        }

        deinit {
            try? FileManager.default.removeItem(at: folder)
        }
    }

    static func pair(_ kind: Kind = .ellipticCurve) throws -> Pair {
        try Pair(kind)
    }

    /// Runs a program of the system with nothing to read; its output, or `nil` if it fails.
    static func run(_ program: String, _ arguments: [String]) -> String? {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/" + program)
        process.arguments = arguments
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return process.terminationStatus == 0 ? text : nil
    }

    /// What `/hello` answers to a client that trusts this certificate alone; `nil` if it does not come to that.
    static func hello(_ server: Server, _ pair: Pair) -> String? {
        run("curl", ["-sS", "--cacert", pair.certificate, "\(server.address)/hello"])
    }

    /// One connection that stays open.
    final class Session {
        private let process = Process()
        private let input = Pipe()
        private let output = Pipe()
        private var received = ""

        /// - Parameter isInteractive: whether lines like `R` are commands to the client.
        init(_ server: Server, _ pair: Pair, _ arguments: [String] = [], isInteractive: Bool = false) throws {
            process.executableURL = URL(filePath: "/usr/bin/openssl")
            process.arguments =
                ["s_client", "-connect", "127.0.0.1:\(server.port)", "-CAfile", pair.certificate]
                + (isInteractive ? [] : ["-quiet", "-no_ign_eof"]) + arguments
            process.standardInput = input
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            for _ in 0..<5000 where server.connectionCount == 0 { Thread.sleep(forTimeInterval: 0.001) }
        }

        deinit {
            try? input.fileHandleForWriting.close()
            process.terminate()
            process.waitUntilExit()
        }

        func send(_ text: String) throws {
            try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        }

        /// Reads until `text` has come; `false` if the connection ends before.
        func receive(until text: String) throws -> Bool {
            while !received.contains(text) {
                let data = output.fileHandleForReading.availableData
                if data.isEmpty { return false }
                received += String(decoding: data, as: UTF8.self)
            }
            received = ""
            return true
        }

        /// What `/hello` answers on this connection.
        func hello() throws -> String? {
            try send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            return try receive(until: "\r\n\r\nhello") ? "hello" : nil
        }
    }
}
