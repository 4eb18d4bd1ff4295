import Access
import Audit
import Base
import Foundation
import HTTP
import OnboardingAPI
import Testing
import Uploads
import Vault

/// "It must show", line 2: what goes wrong with an upload has a precise answer, and the upload goes on where it can.
@Suite struct UploadRouteTests {
    private typealias Test = TestOnboarding

    /// What a client does that has everything: the rest of the parts, then complete.
    private func goesOn(_ test: TestOnboarding, _ id: String, _ parts: [Int: [UInt8]]) async throws {
        for (number, bytes) in parts {
            let status = try await test.put(id, number, bytes).status
            #expect(status == .created || status == .ok)
        }
        let done = try await test.post("/uploads/\(id)/complete")
        #expect(done.status == .ok)
        #expect(try Test.text(done, "state") == "complete")
        #expect(try Test.text(done, "ingest") == "ingest-of-\(id)")
    }

    @Test func `an upload goes from its beginning to its ingest`() async throws {
        let test = try TestOnboarding()
        let parts = [1: Test.bytes(400_000), 2: Test.bytes(400_000, seed: 2), 3: Test.bytes(1_000, seed: 3)]
        let whole = (1...3).flatMap { parts[$0] ?? [] }
        let begun = try await test.post(
            "/uploads",
            #"{"fileName":"records.zip","contentType":"application/zip","size":801000,"partSize":400000,"sha256":""#
                + Test.hex(whole) + "\"}")
        #expect(begun.status == .created)
        let id = try #require(try Test.text(begun, "id"))
        #expect(begun.headers["location"] == "/api/v1/uploads/\(id)")
        #expect(try Test.text(begun, "partCount") == "3")
        #expect(try Test.text(begun, "state") == "open")
        #expect(try Test.text(begun, "expires")?.hasSuffix("Z") == true)
        let second = try await test.put(id, 2, parts[2] ?? [])
        #expect(second.status == .created)
        #expect(try Test.text(second, "sha256") == Test.hex(parts[2] ?? []))
        #expect(try await test.put(id, 2, parts[2] ?? []).status == .ok)
        let missing = try await test.send(.get, "/uploads/\(id)/parts?state=missing")
        #expect(try Test.body(missing) == #"{"missing":[[1,1],[3,3]]}"#)
        try await goesOn(test, id, [1: parts[1] ?? [], 3: parts[3] ?? []])
        let seen = try await test.send(.get, "/uploads/\(id)")
        #expect(try Test.text(seen, "received", "bytes") == "801000")
        #expect(try Test.text(seen, "sha256") == Test.hex(whole))
        let received = try await test.send(.get, "/uploads/\(id)/parts?limit=2")
        #expect(try Test.text(received, "next") == "2")
        let rest = try await test.send(.get, "/uploads/\(id)/parts?limit=2&after=2")
        #expect(try Test.body(rest).contains(#""part":3,"size":1000"#))
        let list = try await test.send(.get, "/uploads?state=complete")
        #expect(try Test.body(list).contains(id))
        #expect(try await Test.body(test.send(.get, "/uploads?state=open,failed")) == #"{"items":[],"next":null}"#)
        let uploadID = try #require(UploadID(id))
        #expect(try test.uploads.content(uploadID, tenant: .standard).byteCount == 801_000)
        let events = test.trail.entries.map(\.event)
        #expect(
            events.contains("upload-create") && events.contains("upload-part") && events.contains("upload-complete"))
        #expect(test.trail.entries.allSatisfy { $0.agent == "client/pusher" && $0.outcome == .success })
        #expect(test.trail.last?.tenant == .standard)
    }

    @Test func `wrong digests`() async throws {
        let test = try TestOnboarding()
        let id = try await test.begin()
        let bytes = Test.bytes(300_000)
        let other = Test.bytes(300_000, seed: 2)
        #expect(try await Test.problem(test.put(id, 1, bytes, headers: Test.digest(other))) == "400 digest-mismatch")
        let md5 = Test.base64(other, .md5)
        #expect(try await Test.problem(test.put(id, 1, bytes, headers: ["Content-MD5": md5])) == "400 digest-mismatch")
        #expect(try await Test.problem(test.put(id, 1, bytes, headers: [:])) == "400 digest-required")
        for bad in ["x", "", String(md5.dropLast(4)), md5 + "AAAA"] {
            #expect(try await Test.problem(test.put(id, 1, bytes, headers: ["Content-MD5": bad])) == "400 about:blank")
        }
        for bad in ["sha-256=:eA==:", "sha-256=eA==", "sha-256=:" + Test.base64(bytes, .md5) + ":"] {
            let problem = try await Test.problem(test.put(id, 1, bytes, headers: ["Content-Digest": bad]))
            #expect(problem == "400 about:blank")
        }
        #expect(
            try await Test.problem(test.put(id, 1, bytes, headers: ["Content-Digest": "sha-512=:eA==:"]))
                == "400 digest-required")
        var both = Test.digest(bytes)
        both["Content-MD5"] = Test.base64(bytes, .md5)
        both["Content-Digest"] = "md5=:eA==:, " + (both["Content-Digest"] ?? "")
        #expect(try await test.put(id, 1, bytes, headers: both).status == .created)
        try await goesOn(test, id, [:])
    }

    @Test func `wrong sizes`() async throws {
        let test = try TestOnboarding { $0.partBytesMax = 2_000 }
        let id = try await test.begin(#","size":2500,"partSize":1000"#)
        let short = try await test.put(id, 1, Test.bytes(999))
        #expect(try Test.problem(short) == "400 size-mismatch")
        #expect(try Test.text(short, "stated") == "1000")
        #expect(try Test.text(short, "received") == "999")
        #expect(try await Test.problem(test.put(id, 3, Test.bytes(1_000))) == "400 size-mismatch")
        var headers = Test.digest([1])
        headers["Content-Length"] = "1000"
        #expect(try await Test.problem(test.put(id, 1, [1], headers: headers)) == "400 size-mismatch")
        headers["Content-Length"] = "x"
        #expect(try await Test.problem(test.put(id, 1, [1], headers: headers)) == "411 about:blank")
        let loose = try await test.begin()
        let large = try await test.put(loose, 1, Test.bytes(2_001))
        #expect(try Test.problem(large) == "413 part-too-large")
        #expect(try Test.text(large, "max") == "2000")
        let parts = [1: Test.bytes(1_000), 2: Test.bytes(1_000), 3: Test.bytes(500)]
        try await goesOn(test, id, parts)
        let sized = try await test.begin(#","size":10"#)
        _ = try await test.put(sized, 1, [1, 2])
        let total = try await test.post("/uploads/\(sized)/complete")
        #expect(try Test.problem(total) == "409 upload-size-mismatch")
        #expect(try Test.text(total, "stated") == "10")
        #expect(try Test.text(total, "received") == "2")
        try await goesOn(test, sized, [2: Test.bytes(8)])
    }

    @Test func `a part number out of range, and one that is none`() async throws {
        let test = try TestOnboarding()
        let id = try await test.begin(#","partCount":3"#)
        for number in [0, 4, 10_001] {
            let answer = try await test.put(id, number, [1])
            #expect(try Test.problem(answer) == "400 part-out-of-range")
            #expect(try Test.text(answer, "max") == "3")
        }
        for text in ["-1", "+1", "x", "1.0", "99999999999999999999"] {
            let answer = try await test.send(.put, "/uploads/\(id)/parts/\(text)", headers: Test.digest([1]), body: [1])
            #expect(try Test.problem(answer) == "400 about:blank")
        }
        let open = try await test.begin()
        #expect(try await Test.text(test.put(open, 10_001, [1]), "max") == "10000")
        try await goesOn(test, id, [1: [1], 2: [2], 3: [3]])
    }

    @Test func `other bytes under a number that is taken`() async throws {
        let test = try TestOnboarding()
        let id = try await test.begin()
        _ = try await test.put(id, 1, [1, 2, 3])
        #expect(try await Test.problem(test.put(id, 1, [1, 2, 4])) == "409 part-differs")
        #expect(try await Test.problem(test.put(id, 1, [1, 2, 4], query: "?replace=false")) == "409 part-differs")
        #expect(try await Test.problem(test.put(id, 1, [1, 2, 4], query: "?replace=maybe")) == "400 about:blank")
        #expect(try await test.put(id, 1, [1, 2, 4], query: "?replace=true").status == .created)
        try await goesOn(test, id, [:])
        #expect(try await Test.problem(test.put(id, 1, [1], query: "?replace=true")) == "409 upload-closed")
    }

    @Test func `complete with parts missing`() async throws {
        let test = try TestOnboarding()
        let id = try await test.begin(#","partCount":9"#)
        for number in [2, 3, 7] { _ = try await test.put(id, number, [UInt8(number)]) }
        let answer = try await test.post("/uploads/\(id)/complete", "{}")
        #expect(try Test.problem(answer) == "409 parts-missing")
        #expect(try Test.body(answer).contains(#""missing":[[1,1],[4,6],[8,9]]"#))
        try await goesOn(test, id, Dictionary(uniqueKeysWithValues: (1...9).map { ($0, [UInt8($0)]) }))
    }

    @Test func `a whole that is not what was stated`() async throws {
        let test = try TestOnboarding()
        let id = try await test.begin(#","sha256":""# + Test.hex([1, 2]) + "\"")
        _ = try await test.put(id, 1, [1])
        _ = try await test.put(id, 2, [3])
        #expect(try await Test.problem(test.post("/uploads/\(id)/complete")) == "409 upload-digest-mismatch")
        #expect(try await Test.text(test.send(.get, "/uploads/\(id)"), "state") == "failed")
        #expect(try await test.put(id, 2, [2], query: "?replace=true").status == .created)
        try await goesOn(test, id, [:])
    }

    @Test func `two completes at once get the same answer`() async throws {
        let test = try TestOnboarding()
        let bytes = Test.bytes(900_000)
        let id = try await test.begin(#","sha256":""# + Test.hex(bytes + bytes) + "\"")
        _ = try await test.put(id, 1, bytes)
        _ = try await test.put(id, 2, bytes)
        async let first = test.post("/uploads/\(id)/complete")
        async let second = test.post("/uploads/\(id)/complete")
        for answer in try await [first, second] {
            #expect(answer.status == .ok)
            #expect(try Test.text(answer, "ingest") == "ingest-of-\(id)")
        }
        #expect(try await test.post("/uploads/\(id)/complete").status == .ok)
    }

    @Test func `a cancel during a part`() async throws {
        let test = try TestOnboarding()
        let id = try await test.begin()
        let bytes = Test.bytes(600_000)
        var headers = Test.digest(bytes)
        headers["Authorization"] = "Bearer pusher"
        headers["Content-Length"] = "600000"
        let held = try await HeldBody(
            test.router, HTTPRequest(method: .put, target: "/api/v1/uploads/\(id)/parts/1", headers: headers))
        await held.send(Array(bytes[..<400_000]))
        #expect(try await test.send(.delete, "/uploads/\(id)").status == .noContent)
        await held.send(Array(bytes[400_000...]))
        #expect(try await Test.problem(held.finish()) == "410 upload-cancelled")
        #expect(try await Test.problem(test.put(id, 1, bytes)) == "410 upload-cancelled")
        #expect(try await Test.problem(test.post("/uploads/\(id)/complete")) == "410 upload-cancelled")
        #expect(try await test.send(.delete, "/uploads/\(id)").status == .noContent)
        #expect(try await Test.text(test.send(.get, "/uploads/\(id)"), "state") == "cancelled")
        #expect(FileManager.default.subpaths(atPath: test.folder + "/uploads") == [])
        try await goesOn(test, try await test.begin(), [1: bytes])
    }

    @Test func `an upload that has expired`() async throws {
        let test = try TestOnboarding { $0.idleSeconds = 60 }
        let id = try await test.begin()
        _ = try await test.put(id, 1, [1])
        test.clock.advance(61)
        #expect(try await Test.problem(test.put(id, 2, [2])) == "410 upload-expired")
        #expect(try await Test.problem(test.post("/uploads/\(id)/complete")) == "410 upload-expired")
        #expect(try await Test.text(test.send(.get, "/uploads/\(id)"), "state") == "expired")
        try await goesOn(test, try await test.begin(), [1: [1]])
    }

    @Test func `no room on the disk`() async throws {
        let test = try TestOnboarding { $0.freeBytesMin = 1 << 60 }
        let answer = try await test.post("/uploads", #"{"fileName":"a"}"#)
        #expect(try Test.problem(answer) == "507 disk-full")
        #expect(answer.headers["retry-after"] == "60")
        let file = try await test.send(.put, "/uploads/files/a.zip", body: [1])
        #expect(try Test.problem(file) == "507 disk-full")
    }

    @Test func `no room for the tenant`() async throws {
        let test = try TestOnboarding {
            $0.tenantBytesMax = 100
            $0.openCountMax = 2
        }
        let id = try await test.begin()
        #expect(try await test.put(id, 1, Test.bytes(60)).status == .created)
        let answer = try await test.put(id, 2, Test.bytes(41))
        #expect(try Test.problem(answer) == "413 upload-quota")
        #expect(try Test.text(answer, "bytesLeft") == "40")
        let announced = try await test.post("/uploads", #"{"fileName":"a","size":41}"#)
        #expect(try Test.problem(announced) == "413 upload-quota")
        try await goesOn(test, id, [2: Test.bytes(30)])
        _ = try await test.begin()
        _ = try await test.begin()
        #expect(try await Test.problem(test.post("/uploads", #"{"fileName":"a"}"#)) == "409 too-many-uploads")
    }

    @Test func `a token that ends half way`() async throws {
        let test = try TestOnboarding()
        let id = try await test.begin("", as: "pusher-1")
        _ = try await test.put(id, 1, [1], as: "pusher-1")
        test.end("pusher-1")
        let refused = try await test.put(id, 2, [2], as: "pusher-1")
        #expect(try Test.problem(refused) == "401 about:blank")
        #expect(refused.headers["www-authenticate"]?.contains("invalid_token") == true)
        #expect(try await test.post("/uploads/\(id)/complete", as: "pusher-1").status == .unauthorized)
        #expect(try await test.put(id, 2, [2], as: "whole-2").status == .created)
        try await goesOn(test, id, [3: [3]])
    }

    @Test func `a connection that is lost leaves nothing, and the part can be sent again`() async throws {
        let test = try TestOnboarding()
        let id = try await test.begin()
        let bytes = Test.bytes(700_000)
        var headers = Test.digest(bytes)
        headers["Content-Length"] = "700000"
        let lost = try await test.put(
            id, 1, Array(bytes[..<500_000]), headers: headers, through: TestClient(.cutOff(test.router)))
        #expect(lost.status == .noContent)
        for _ in 0..<2000 where test.trail.entries.last?.event != "upload-part" {
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(test.trail.entries.last?.outcome == .minorFailure)
        #expect(try await Test.body(test.send(.get, "/uploads/\(id)/parts")) == #"{"parts":[],"next":null}"#)
        try await goesOn(test, id, [1: bytes])
        #expect(FileManager.default.subpaths(atPath: test.folder + "/uploads")?.count == 2)
    }

    @Test func `a small file comes in one go`() async throws {
        let test = try TestOnboarding()
        let bytes = Test.bytes(300_000)
        for headers in [[:], Test.digest(bytes), ["Content-MD5": Test.base64(bytes, .md5)]] as [HTTPHeaders] {
            var headers = headers
            headers["Content-Type"] = "application/zip"
            let answer = try await test.send(.put, "/uploads/files/my%20records.zip", headers: headers, body: bytes)
            #expect(answer.status == .created)
            let id = try #require(try Test.text(answer, "id"))
            #expect(answer.headers["location"] == "/api/v1/uploads/\(id)")
            #expect(try Test.text(answer, "state") == "complete")
            #expect(try Test.text(answer, "fileName") == "my records.zip")
            #expect(try Test.text(answer, "contentType") == "application/zip")
            #expect(try Test.text(answer, "ingest") == "ingest-of-\(id)")
            let uploadID = try #require(UploadID(id))
            #expect(try test.uploads.content(uploadID, tenant: .standard).byteCount == 300_000)
        }
        let empty = try await test.send(.put, "/uploads/files/empty.ndjson")
        #expect(try Test.text(empty, "received", "bytes") == "0")
        let wrong = try await test.send(.put, "/uploads/files/a", headers: Test.digest([1]), body: bytes)
        #expect(try Test.problem(wrong) == "400 digest-mismatch")
        #expect(try await Test.problem(test.send(.put, "/uploads/files/a%2Fb", body: [1])) == "422 upload-invalid")
        #expect(try test.uploads.uploads(tenant: .standard, states: [.open], count: 9).isEmpty)
    }

    @Test func `bodies and parameters that are none`() async throws {
        let test = try TestOnboarding()
        for body in [
            "{", "[]", "{}", #"{"fileName":1}"#, #"{"fileName":"a","x":1}"#, #"{"fileName":"a","size":-1}"#,
            #"{"fileName":"a","size":1.5}"#, #"{"fileName":"a","sha256":"00"}"#, #"{"fileName":"a","fileName":"b"}"#,
            #"{"fileName":["a"]}"#,
        ] {
            #expect(try await Test.problem(test.post("/uploads", body)) == "400 about:blank", "\(body)")
        }
        for body in [#"{"fileName":""}"#, #"{"fileName":"a/b"}"#, #"{"fileName":"a","partCount":10001}"#] {
            #expect(try await Test.problem(test.post("/uploads", body)) == "422 upload-invalid", "\(body)")
        }
        let form = try await test.send(
            .post, "/uploads", headers: ["Content-Type": "text/plain"], body: Array(#"{"fileName":"a"}"#.utf8))
        #expect(try Test.problem(form) == "415 about:blank")
        for query in ["?limit=0", "?limit=x", "?state=x", "?after=x"] {
            #expect(try await Test.problem(test.send(.get, "/uploads" + query)) == "400 about:blank")
        }
        let none = String(repeating: "A", count: 22)
        for id in ["x", none] {
            #expect(try await Test.problem(test.send(.get, "/uploads/\(id)")) == "404 upload-not-found")
            #expect(try await Test.problem(test.put(id, 1, [1])) == "404 upload-not-found")
        }
    }

    @Test func `nothing is told that is not in the trail`() async throws {
        let test = try TestOnboarding()
        let id = try await test.begin()
        test.trail.setFails(true)
        #expect(try await test.send(.get, "/uploads/\(id)").status == .serviceUnavailable)
        #expect(try await test.put(id, 1, [1]).status == .serviceUnavailable)
        #expect(try await test.put("x", 1, [1]).status == .serviceUnavailable)
        test.trail.setFails(false)
        #expect(try await test.put(id, 1, [1]).status == .ok)
    }
}

/// A body that comes when a test says so.
final class HeldBody: Sendable {
    private let receiver: any BodyReceiver

    init(_ router: Router, _ request: HTTPRequest) async throws {
        let body = try #require(router.streamedBody(request))
        let decision = await withCheckedContinuation {
            (continuation: CheckedContinuation<BodyOpening.Decision, Never>) in
            body.open(request, BodyOpening { continuation.resume(returning: $0) })
        }
        guard case .accepted(let receiver) = decision else { throw HTTPError(.noAnswer, "The body was not accepted.") }
        self.receiver = receiver
    }

    func send(_ bytes: [UInt8]) async {
        for start in stride(from: 0, to: bytes.count, by: 30_000) {
            let piece = Array(bytes[start..<min(start + 30_000, bytes.count)])
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let demand = piece.withUnsafeBytes {
                    receiver.receive($0, BodyFlow { continuation.resume() })
                }
                if case .later = demand { return }
                continuation.resume()
            }
        }
    }

    func finish() async throws -> HTTPResponse {
        let outcome = await withCheckedContinuation { (continuation: CheckedContinuation<Reply.Outcome, Never>) in
            receiver.finish(Reply { continuation.resume(returning: $0) })
        }
        switch outcome {
        case .response(let response): return response
        case .failure(let error): throw error
        }
    }
}
