import FHIRPath
import Testing

/// Functions and variables beyond what HL7's suite asks.
@Suite struct PathFunctionTests {
    private let patient: Bench

    init() throws {
        patient = try Bench(
            """
            {"resourceType":"Patient","id":"p1","name":[{"use":"official","family":"Chalmers","given":["Peter","James"]},
             {"use":"usual","given":["Jim"]},{"use":"maiden","family":"Windsor","given":["Peter","James"]}],
             "text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\"><p class='a'>A &amp; <br/>b</p></div>"},
             "birthDate":"1974-12-25"}
            """)
    }

    private func one(_ text: String) throws -> String {
        try patient.items(text).map(\.description).joined(separator: ", ")
    }

    @Test(arguments: [
        ("defineVariable('v1', 'value1').select(%v1)", "string value1"),
        (
            "name.defineVariable('n', first()).period | name.defineVariable('n', skip(1).first()).select(%n.given)",
            "string Jim"
        ),
        ("name.first().defineVariable('n').select(%n.family & '/' & %n.use)", "string Chalmers/official"),
        (
            "defineVariable('n1', name.first()).select(%n1.given.first()) | defineVariable('n2', name.skip(1).first()).select(%n2.given)",
            "string Peter, string Jim"
        ),
        (
            "name.select(defineVariable('g', given).select(%g.count().toString() & use))",
            "string 2official, string 1usual, string 2maiden"
        ),
        ("defineVariable('a', 1).defineVariable('b', %a + 1).select(%a + %b)", "integer 3"),
        ("defineVariable('a').name.where(%a.id = 'p1').count()", "integer 3"),
        ("'aaa'.replace(defineVariable('p', 'aaa').select(%p), defineVariable('p', 'bbb').select(%p))", "string bbb"),
        ("name.where(defineVariable('x', use).exists(%x = 'usual')).given", "string Jim"),
        ("(defineVariable('a', 5))[0].select(%a)", "integer 5"),
    ])
    func `variables are known on their own way`(expression: String, wanted: String) throws {
        #expect(try one(expression) == wanted, "\(expression)")
    }

    @Test(arguments: [
        "defineVariable('v').defineVariable('v')", "defineVariable('a', 1).active | name.select(%a)",
        "defineVariable('context', 1)",
        "name.select(defineVariable('x', use)).select(%x)", "%x", "defineVariable(id, 1)", "defineVariable('vs-a')",
        "name.where(defineVariable('n', 1).exists()).select(%n)",
    ])
    func `a variable elsewhere, or twice, is an error`(expression: String) throws {
        #expect(throws: PathError.self) { try patient.compile(expression) }
    }

    @Test(arguments: [
        ("coalesce(name.where(use = 'usual').given, 1 / 'a')", "string Jim"),
        ("coalesce({}, {}).empty()", "boolean true"),
        ("coalesce(name.where(use = 'x').given, name.where(use = 'usual').given)", "string Jim"),
        ("name.repeatAll(given).count()", "integer 5"), ("name.repeat(given).count()", "integer 3"),
        ("(1 | 2 | 3).sum()", "integer 6"), ("(1.5 | 2.5).avg()", "decimal 2"),
        ("(1 'mg' | 2 'g').sum()", "Quantity 2001 'mg'"),
        ("(3 | 1 | 2).min()", "integer 1"), ("('a' | 'c' | 'b').max()", "string c"), ("{}.sum()", ""),
        ("(3 | 1 | 2).sort($this desc)", "integer 3, integer 2, integer 1"),
        ("(3 | 1 | 2).sort($this asc).first()", "integer 1"),
        ("(1 | 3 | 2).sort(-$this asc).first()", "integer 3"),
        ("name.sort(family desc, use).use", "code usual, code maiden, code official"),
        ("@2012-01-01T03:30:40.002-07:00.hourOf()", "integer 3"), ("@2012.monthOf()", ""),
        ("@2014-01-05T10:30:00.000.yearOf()", "integer 2014"),
        ("@T10:30:12.5.secondOf()", "integer 12"), ("@2012-01-01T12:30:00.002-07:00.millisecondOf()", "integer 2"),
        ("@2012-01-01T12:30:00.000-07:00.timezoneOffsetOf()", "decimal -7.0"),
        ("@2012-01-01T12:30+08:45.timezoneOffsetOf()", "decimal 8.75"),
        ("@2012-01-01T12:30:00.000-07:00.dateOf()", "date 2012-01-01"),
        ("@2012-01-01T12:30:00.000-07:00.timeOf()", "time 12:30:00.000"),
        ("birthDate.dayOf()", "integer 25"), ("@2025-01-02.duration(@2025-01-07, 'week')", "integer 0"),
        ("@2025-01-02.difference(@2025-01-07, 'week')", "integer 1"),
        ("@2024-12-01.duration(@2025-09-01, 'year')", "integer 0"),
        ("@2024-12-01.difference(@2025-09-01, 'year')", "integer 1"),
        ("@2020-01-31.duration(@2020-02-29, 'month')", "integer 1"),
        ("@2020-03-01.duration(@2020-02-29, 'day')", "integer -1"), ("@2012.duration(@2013, 'day')", ""),
        ("@T10:00.difference(@T11:30, 'hour')", "integer 1"),
        ("@2020-01-01T00:00:00Z.duration(@2020-01-01T01:00:00+01:00, 'hour')", "integer 0"),
        ("1.58700.precision()", "integer 5"), ("@T10:30.precision()", "integer 4"),
        ("@T10:30.highBoundary(6)", "time 10:30:59"), ("@T10:30.lowBoundary(2)", "time 10"),
        ("@T10:30.highBoundary(5)", ""), ("@1974-12-25 - 1 'month'", "date 1974-11-25"),
        ("@2014.lowBoundary(6)", "date 2014-01"), ("@2014.highBoundary(6)", "date 2014-12"),
        ("(-1.587).highBoundary(2)", "decimal -1.58"), ("'0123'.lastIndexOf('')", "integer 4"),
        ("text.`div`.htmlChecks()", "boolean true"),
        ("'<div><script>x</script></div>'.htmlChecks()", "boolean false"),
        ("'<div> &nbsp;</div>'.htmlChecks()", "boolean false"),
        ("'<div><p>a</div></p>'.htmlChecks()", "boolean false"), ("'<p>a</p>'.htmlChecks()", "boolean false"),
        ("'<div><a href=\" java\\tscript:x\">a</a></div>'.htmlChecks()", "boolean false"),
        ("'<div onclick=\"x\">a</div>'.htmlChecks()", "boolean false"),
        ("'<div><!-- x -->a</div> '.htmlChecks()", "boolean true"), ("'<div>a</div>b'.htmlChecks()", "boolean false"),
        ("'<div'.htmlChecks()", "boolean false"),
        ("1.round()", "decimal 1"), ("3.14159.round(3)", "decimal 3.142"), ("2.5.truncate()", "integer 2"),
    ])
    func `functions give what their definitions say`(expression: String, wanted: String) throws {
        #expect(try one(expression) == wanted, "\(expression)")
    }

    @Test(arguments: [
        "'a'.sum()", "(1 | 'a').min()", "'a'.repeatAll($this)", "birthDate.duration(@2020, 'decade')",
        "name.htmlChecks()", "name.matches('a')",
        "name.given.matches('a')", "(1 | 2).precision()", "name.replaceMatches('a', 'b')",
        "'a'.replaceMatches('a', '$3')",
    ])
    func `what has no answer is an error`(expression: String) throws {
        #expect(throws: PathError.self) { try patient.items(expression) }
    }
}
