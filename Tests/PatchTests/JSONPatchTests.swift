import Base
import Patch
import Testing

@Suite struct JSONPatchTests {
    @Test(arguments: [
        (#"{"a":1.50}"#, #"[{"op":"add","path":"/b","value":2.00e0}]"#, #"{"a":1.50,"b":2.00e0}"#),
        (
            #"{"a":[1,2]}"#, #"[{"op":"add","path":"/a/0","value":0},{"op":"add","path":"/a/-","value":3}]"#,
            #"{"a":[0,1,2,3]}"#
        ),
        (#"{"a":{"b":1}}"#, #"[{"op":"add","path":"/a/b","value":2}]"#, #"{"a":{"b":2}}"#),
        (#"{"a":1,"b":2}"#, #"[{"op":"replace","path":"/a","value":null}]"#, #"{"a":null,"b":2}"#),
        (#"{"a":1}"#, #"[{"op":"replace","path":"","value":[]}]"#, "[]"),
        (#"{"a":1}"#, #"[{"op":"add","path":"","value":{"c":3}}]"#, #"{"c":3}"#),
        (#"{"a":{"b":[1]}}"#, #"[{"op":"move","from":"/a/b","path":"/a"}]"#, #"{"a":[1]}"#),
        (#"{"a":[1,2,3]}"#, #"[{"op":"move","from":"/a/0","path":"/a/-"}]"#, #"{"a":[2,3,1]}"#),
        (#"{"a":{"b":1}}"#, #"[{"op":"copy","from":"","path":"/c"}]"#, #"{"a":{"b":1},"c":{"a":{"b":1}}}"#),
        (#"{"a":1}"#, #"[{"op":"move","from":"/a","path":"/a"}]"#, #"{"a":1}"#),
        (#"{"a/b":1,"m~n":2}"#, #"[{"op":"remove","path":"/a~1b"},{"op":"remove","path":"/m~0n"}]"#, "{}"),
        (#"{"":{"":1}}"#, #"[{"op":"replace","path":"//","value":2}]"#, #"{"":{"":2}}"#),
        (#"{"a":"\u00e9\n\""}"#, #"[{"op":"test","path":"/a","value":"é\u000a\u0022"}]"#, #"{"a":"é\n\""}"#),
    ])
    func `an operation changes what it names and nothing else`(
        _ document: String, _ patch: String, _ expected: String
    ) throws {
        #expect(try Patched.json(document, patch) == expected)
    }

    @Test(arguments: [
        ("1.50", "1.5", true), ("100", "1e2", true), ("-0", "0", true), ("0.0", "0e9", true), ("1", "1.0000001", false),
        ("1e400000000000000000000", "1e400000000000000000000", true), ("1e400000000000000000000", "1e4", false),
        ("12345678901234567890.1", "12345678901234567890.10", true),
        ("12345678901234567890.1", "12345678901234567890.2", false), ("-1", "1", false), ("15e-1", "1.5", true),
        ("10", "\"10\"", false), ("true", "1", false), ("null", "null", true), ("[1,2]", "[1.0,2]", true),
        ("[1,2]", "[2,1]", false), (#"{"a":1,"b":2}"#, #"{"b":2.0,"a":1}"#, true), (#"{"a":1}"#, #"{"b":1}"#, false),
        ("\"\u{e9}\"", "\"e\u{301}\"", false),
    ])
    func `a test compares by value`(_ left: String, _ right: String, _ isEqual: Bool) {
        let result = Result { try Patched.json(#"{"a":\#(left)}"#, #"[{"op":"test","path":"/a","value":\#(right)}]"#) }
        switch result {
        case .success: #expect(isEqual)
        case .failure(let error): #expect(!isEqual && (error as? PatchError)?.code == .testFailed)
        }
    }

    @Test(arguments: [
        (#"{}"#, PatchError.Code.malformed, ""), (#"[1]"#, .malformed, "operation 0"),
        (#"[{"op":"add","path":"/x","value":1},{"op":"remove"}]"#, .malformed, "operation 1"),
        (#"[{"op":"merge","path":"/x"}]"#, .malformed, "merge"),
        (#"[{"op":"add","path":"x","value":1}]"#, .malformed, "x"),
        (#"[{"op":"add","path":"/x~2","value":1}]"#, .malformed, "Pointer"),
        (#"[{"op":"add","path":"/x"}]"#, .malformed, "value"), (#"[{"op":"move","path":"/x"}]"#, .malformed, "from"),
        (#"[{"op":"add","op":"remove","path":"/a","value":1}]"#, .malformed, "twice"),
        (
            #"[{"op":"remove","path":"/b/0"},{"op":"remove","path":"/nothing"}]"#, .inapplicable,
            "operation 1 at \"/nothing\""
        ),
        (#"[{"op":"add","path":"/b/4","value":1}]"#, .inapplicable, "/b/4"),
        (#"[{"op":"add","path":"/b/01","value":1}]"#, .inapplicable, "/b/01"),
        (#"[{"op":"remove","path":"/b/-"}]"#, .inapplicable, "/b/-"),
        (#"[{"op":"remove","path":"/b/99999999999999999999"}]"#, .inapplicable, "nothing"),
        (#"[{"op":"add","path":"/a/x","value":1}]"#, .inapplicable, "parent"),
        (#"[{"op":"remove","path":""}]"#, .inapplicable, "whole"),
        (#"[{"op":"move","from":"/b","path":"/b/0"}]"#, .inapplicable, "itself"),
        (#"[{"op":"replace","path":"/x","value":1}]"#, .inapplicable, "/x"),
        (#"[{"op":"copy","from":"/x","path":"/y"}]"#, .inapplicable, "from"),
        (#"[{"op":"test","path":"/a","value":2}]"#, .testFailed, "operation 0 at \"/a\""),
    ])
    func `an error names the operation and its path`(_ patch: String, _ code: PatchError.Code, _ text: String) {
        let error = #expect(throws: PatchError.self) { try Patched.json(#"{"a":1,"b":[1,2]}"#, patch) }
        #expect(error?.code == code && error?.description.contains(text) == true, "\(error?.description ?? "")")
    }

    @Test func `a patch that makes much of little is stopped`() {
        func code(_ patch: String, _ change: (inout PatchLimits) -> Void = { _ in }) -> PatchError.Code? {
            var limits = PatchLimits()
            change(&limits)
            let result = Result { try Patched.json(#"{"a":["xxxxxxxxxxxxxxxx"]}"#, patch, limits: limits) }
            if case .failure(let error as PatchError) = result { return error.code }
            return nil
        }
        let doubling = Array(repeating: #"{"op":"copy","from":"/a","path":"/a/-"}"#, count: 40)
        #expect(code("[" + doubling.joined(separator: ",") + "]") == .limit)
        let wide = (0..<40).map { #"{"op":"copy","from":"","path":"/b\#($0)"}"# }.joined(separator: ",")
        #expect(code("[\(wide)]") == .limit)
        let nest =
            #"{"op":"add","path":"/c","value":{}},{"op":"move","from":"/a","path":"/c/a"},{"op":"move","from":"/c","path":"/a"}"#
        let deep = Array(repeating: nest, count: 70)
        #expect(code("[" + deep.joined(separator: ",") + "]") == .limit)
        let many = Array(repeating: #"{"op":"test","path":"/a/0","value":"xxxxxxxxxxxxxxxx"}"#, count: 11)
        let tests = "[" + many.joined(separator: ",") + "]"
        #expect(code(tests) == nil)
        #expect(code(tests) { $0.operationsMax = 10 } == .limit)
        #expect(code(tests) { $0.stepsMax = 10 } == .limit)
        #expect(
            code(#"[{"op":"add","path":"/b","value":"yyyyyyyyyyyyyyyyyyyyyyyyyyyy"}]"#) { $0.resultBytesMax = 50 }
                == .limit)
    }

    @Test func `random patches never make anything but JSON`() throws {
        var random = SeededRandom(seed: 7)
        let names = ["a", "b", "", "-", "0", "1", "~0", "~1", "c"]
        let values = ["1", "1.50", "\"x\"", "[]", "{}", "[1,[2]]", #"{"a":{"b":[0]}}"#, "null", "true"]
        func path() -> String {
            (0..<Int.random(in: 0...3, using: &random)).map { _ in "/" + (names.randomElement(using: &random) ?? "") }
                .joined()
        }
        var applied = 0
        for _ in 0..<3_000 {
            let operations = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                let op =
                    ["add", "remove", "replace", "move", "copy", "test", "add"].randomElement(using: &random) ?? ""
                let value = values.randomElement(using: &random) ?? ""
                return #"{"op":"\#(op)","path":"\#(path())","from":"\#(path())","value":\#(value)}"#
            }
            let document = values.randomElement(using: &random) ?? ""
            let patch = "[" + operations.joined(separator: ",") + "]"
            guard let result = try? Patched.json(document, patch) else { continue }
            applied += 1
            // What was made is read again and stays the same under a patch that does nothing.
            #expect(try Patched.json(result, "[]") == result)
        }
        #expect(applied > 100)
    }
}
