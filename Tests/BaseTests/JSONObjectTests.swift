import Base
import Testing

@Suite struct JSONObjectTests {
    @Test func `members stand in the order in which they were added, each as its kind is written`() {
        let inner = JSONObject()
        inner.add("n", -7)
        let object = JSONObject()
        #expect(object.text == "{}")
        object.add("text", "a \"b\" \\ \n \u{1}")
        object.add("none", String?.none)
        object.add("yes", true)
        object.add("no", false)
        object.add("texts", ["x", "y\""])
        object.add("nothing", [String]())
        object.add("inner", inner)
        object.add("all", [inner, JSONObject()])
        object.add("raw", json: "[1]")
        #expect(
            object.text == #"{"text":"a \"b\" \\ \n \u0001","none":null,"yes":true,"no":false,"#
                + #""texts":["x","y\""],"nothing":[],"inner":{"n":-7},"all":[{"n":-7},{}],"raw":[1]}"#)
    }

    @Test func `a number is written to three decimals, and what is none as null`() {
        let object = JSONObject()
        for (name, value) in [
            ("a", 1.0), ("b", -0.0625), ("c", 0.9996), ("d", .nan), ("e", -.infinity), ("f", 1e15),
        ] {
            object.add(name, value)
        }
        #expect(object.text == #"{"a":1.000,"b":-0.063,"c":1.000,"d":null,"e":null,"f":null}"#)
    }

    @Test func `an object is taken in as it is then`() {
        let (outer, inner) = (JSONObject(), JSONObject())
        inner.add("a", 1)
        outer.add("x", inner)
        inner.add("b", 2)
        #expect(outer.text == #"{"x":{"a":1}}"#)
    }
}
