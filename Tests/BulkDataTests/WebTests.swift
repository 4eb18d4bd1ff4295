import Base
import BulkData
import Testing

@Suite struct WebTests {
    @Test(arguments: [
        ("https://A.Example/fhir", "https://a.example/fhir"), ("http://a:80/x?y=z", "http://a/x?y=z"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443/"), ("HTTPS://a?x", "https://a/?x"),
    ])
    func `an address is taken apart`(_ text: String, _ written: String) throws {
        #expect(try #require(WebLocation(text)).text == written)
    }

    @Test(arguments: [
        "", "a.example", "ftp://a/", "file:///etc/passwd", "https://", "https://u@a/", "https://a:0/",
        "https://a:70000/",
        "https://a/#x", "https://a b/", "https://a/\u{7f}", "https://a/ü", "https://[::1/", "https://a:1:2/",
        "javascript:x",
    ])
    func `what is no address of http is refused`(_ text: String) {
        #expect(WebLocation(text) == nil)
    }

    @Test(arguments: [
        ("next", "https://a/b/next"), ("/x?y", "https://a/x?y"), ("?p=2", "https://a/b/c?p=2"), ("../z", "https://a/z"),
        ("//o.example/q", "https://o.example/q"), ("http://o/", "http://o/"), ("../../../x", "https://a/x"),
        ("./", "https://a/b/"),
    ])
    func `a reference is resolved against where it was found`(_ reference: String, _ whole: String) throws {
        #expect(try #require(WebLocation("https://a/b/c?d=e")).resolve(reference)?.text == whole)
    }

    @Test func `an address never prints its query`() throws {
        let location = try #require(WebLocation("https://a/b?signature=secret"))
        #expect("\(location)" == "https://a/b")
    }

    @Test func `a pause is read as seconds or as a moment`() {
        let now = Instant(microseconds: 784_111_777_000_000)  // Sun, 06 Nov 1994 08:49:37 GMT
        #expect(RetryAfter.seconds("120", now: now) == 120)
        #expect(RetryAfter.seconds("Sun, 06 Nov 1994 08:50:37 GMT", now: now) == 60)
        #expect(RetryAfter.seconds("Sun, 06 Nov 1994 08:00:00 GMT", now: now) == 0)
        #expect(RetryAfter.seconds("99999999999999999999999999", now: now) == RetryAfter.secondsMax)
        #expect(RetryAfter.seconds("Fri, 31 Dec 9999 23:59:59 GMT", now: now) == RetryAfter.secondsMax)
        for text in ["", "-1", "1.5", "soon", "1e3"] { #expect(RetryAfter.seconds(text, now: now) == nil) }
        #expect(RetryAfter.seconds(nil, now: now) == nil)
    }

    @Test func `progress is kept short and plain`() {
        #expect(ExportProgress("42.5% done")?.fraction == 0.425)
        #expect(ExportProgress("in progress")?.fraction == nil)
        #expect(ExportProgress("\u{1b}[31m50 %")?.text == "[31m50 %")
        #expect(ExportProgress("\u{1b}[31m50 %")?.fraction == 0.5)
        #expect(ExportProgress("10% of 20%")?.fraction == nil)
        #expect(ExportProgress(String(repeating: "x", count: 1_000))?.text.count == 100)
        #expect(ExportProgress(nil) == nil)
        #expect(ExportProgress(" \n") == nil)
    }

    @Test func `issues are read from OperationOutcomes alone, and what they say does not print`() throws {
        let bytes = Array(
            #"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"transient","diagnostics":"Ann Other"},{"severity":"x","code":"UPPER"}]}"#
                .utf8)
        let issues = OutcomeIssue.read(bytes)
        #expect(issues.count == 2)
        #expect(issues[0].isTransient)
        #expect(issues[0].text.value == "Ann Other")
        #expect(!"\(issues)".contains("Ann"))
        #expect(issues[1].code == "unknown")
        #expect(OutcomeIssue.read(Array(#"{"resourceType":"Patient","issue":[{}]}"#.utf8)).isEmpty)
        #expect(OutcomeIssue.read(Array("<html>".utf8)).isEmpty)
    }
}
