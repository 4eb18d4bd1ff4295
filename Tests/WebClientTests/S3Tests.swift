import Foundation
import TestSupport
import Testing
import WebClient

@Suite struct S3Tests {
    private static let hasPython: Bool = {
        let isThere = PeerProcess.hasModule("http.server")
        if !isThere { print("SKIPPED: the tests of S3 need /usr/bin/python3") }
        return isThere
    }()

    private static let content: [UInt8] = (0..<100_000).map { (index: Int) -> UInt8 in
        let sum = index * 31 + index / 256
        return UInt8(truncatingIfNeeded: sum)
    }

    private func credentials(
        _ keyID: String = "AKIDEXAMPLE", _ secret: String = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        _ token: String? = "session+token/=="
    ) throws -> S3Credentials {
        try #require(S3Credentials(keyID: keyID, secret: secret, sessionToken: token))
    }

    private func object(
        _ text: String, _ peer: PeerProcess, region: String = "eu-test-1", _ credentials: S3Credentials
    ) throws -> S3Object {
        let store = try S3Store(region: region, endpoint: "http://\(peer.address)", credentials: credentials)
        let client = try Fixture.client(ports: [peer.port])
        return try S3Object(#require(S3Location(text)), in: store, by: client)
    }

    @Test(.enabled(if: hasPython, "a store in Python answers"))
    func `an object is read at any offset with signatures that others accept`() throws {
        let peer = try PeerProcess("s3_server.py", [])
        for credentials in [try credentials(), try credentials("PLAIN", "plain", nil)] {
            let object = try object("s3://ward/a b/ü+=~.bin", peer, credentials)
            #expect(object.byteCount == 100_000)
            var buffer = [UInt8](repeating: 0, count: 40_000)
            var all: [UInt8] = []
            while true {
                let count = try buffer.withUnsafeMutableBytes { try object.read(into: $0, at: UInt64(all.count)) }
                if count == 0 { break }
                all += buffer[..<count]
            }
            #expect(all == Self.content)
            let count = try buffer.withUnsafeMutableBytes {
                try object.read(into: .init(rebasing: $0[..<7]), at: 99_995)
            }
            #expect(count == 5 && Array(buffer[..<5]) == Array(Self.content[99_995...]))
        }
    }

    @Test(.enabled(if: hasPython, "a store in Python answers"))
    func `what the store refuses says why, and never the key`() throws {
        let peer = try PeerProcess("s3_server.py", [])
        let good = try credentials()
        let cases: [(String, String, S3Credentials, WebClientError.Code)] = [
            ("s3://ward/a b/ü+=~.bin", "eu-test-1", try credentials("AKIDEXAMPLE", "wrong"), .credentialsRefused),
            ("s3://ward/a b/ü+=~.bin", "eu-test-2", good, .credentialsRefused),
            ("s3://ward/a b/ü+=~.bin", "eu-test-1", try credentials("NOBODY"), .credentialsRefused),
            ("s3://ward/none.bin", "eu-test-1", good, .missing),
            ("s3://ward/busy.bin", "eu-test-1", good, .unavailable),
            ("s3://ward/moved.bin", "eu-test-1", good, .refusedRedirect),
        ]
        for (text, region, credentials, code) in cases {
            let error = #expect(throws: WebClientError.self) {
                _ = try object(text, peer, region: region, credentials)
            }
            #expect(error?.code == code, "\(text)")
            #expect(error?.detail.contains(".bin") == false && error?.detail.contains("wrong") == false)
        }
        for (name, code) in [("changing", WebClientError.Code.changed), ("lying", .protocolViolation)] {
            let object = try object("s3://ward/\(name).bin", peer, good)
            var buffer = [UInt8](repeating: 0, count: 100)
            #expect(
                Fixture.code { _ = try buffer.withUnsafeMutableBytes { try object.read(into: $0, at: 10) } } == code)
        }
    }

    @Test func `a location is a bucket and a key`() {
        let location = S3Location("s3://my-bucket.north/a/b c//d.zip")
        #expect(location?.bucket == "my-bucket.north" && location?.key == "a/b c//d.zip")
        #expect(location.map { "\($0)".contains("d.zip") } == false)
        for text in [
            "", "s3://", "s3://a/b", "s3://bucket", "s3://bucket/", "s3:/bucket/a", "s3://Bucket/a", "s3://-bucket/a",
            "s3://bucket./a", "s3://bu..cket/a", "s3://bucket/a/../b", "s3://bucket/.", "s3://bucket/a\n",
            "https://bucket/a",
            "s3://bu_cket/a", "s3://u@bucket/a", "s3://bucket/" + String(repeating: "a", count: 1_025),
        ] {
            #expect(S3Location(text) == nil, "\(text)")
        }
    }

    @Test func `credentials come from variables or a file`() throws {
        let text = """
            # comment
            [other]
            aws_access_key_id = OTHER
            aws_secret_access_key = x
            [ default ]
            AWS_ACCESS_KEY_ID=KEY
              aws_secret_access_key =  a=b/c
            ; comment
            aws_session_token = t
            """
        let found = try #require(S3Credentials(file: text))
        #expect(found.keyID == "KEY" && found.secret == "a=b/c" && found.sessionToken == "t")
        #expect(S3Credentials(file: text, profile: "other")?.keyID == "OTHER")
        #expect(S3Credentials(file: text, profile: "none") == nil && S3Credentials(file: "") == nil)
        #expect(!"\(found)".contains("KEY"))
        let variables = ["AWS_ACCESS_KEY_ID": "KEY", "AWS_SECRET_ACCESS_KEY": "s"]
        #expect(S3Credentials(environment: variables)?.sessionToken == nil)
        #expect(S3Credentials(environment: [:]) == nil)
        #expect(S3Credentials(keyID: "a\r\nb", secret: "c") == nil && S3Credentials(keyID: "a", secret: "") == nil)
        for endpoint in ["https://a/b", "ftp://a", "https://u:p@a", "https://a?x=1"] {
            #expect(throws: WebClientError.self) {
                _ = try S3Store(region: "r", endpoint: endpoint, credentials: found)
            }
        }
        #expect(throws: WebClientError.self) { _ = try S3Store(region: "a:b", credentials: found) }
    }
}
