import Base
import BulkData
import Testing

@Suite struct SearchPageTests {
    private func read(_ text: String) throws -> SearchPage {
        try SearchPage(Array(text.utf8), from: #require(WebLocation("https://a.example/fhir/Patient?_count=2")))
    }

    @Test func `a page gives its resources one a line, and where the next one is`() throws {
        let page = try read(
            """
            {"resourceType":"Bundle","type":"searchset","link":[{"relation":"self","url":"x"},
            {"relation":"next","url":"/fhir/Patient?_page=2"}],"entry":[
            {"resource":{"resourceType":"Patient","id":"1","multipleBirthInteger": 1.50}},
            {"resource":{"resourceType":"OperationOutcome","issue":[]},"search":{"mode":"outcome"}},
            {"resource":{"resourceType":"Patient",
             "id":"2"},"search":{"mode":"match"}}]}
            """)
        #expect(page.resources == 2)
        #expect(page.next?.text == "https://a.example/fhir/Patient?_page=2")
        let lines = String(decoding: page.lines.bytes, as: UTF8.self)
        #expect(
            lines == #"{"resourceType":"Patient","id":"1","multipleBirthInteger":1.50}"# + "\n"
                + #"{"resourceType":"Patient","id":"2"}"# + "\n")
    }

    @Test(arguments: [
        "", "[]", #"{"resourceType":"Patient"}"#, #"{"resourceType":"Bundle","type":"history"}"#,
        #"{"resourceType":"Bundle","type":"searchset","entry":[{}]}"#,
        #"{"resourceType":"Bundle","type":"searchset","entry":{}}"#,
        #"{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"ftp://x"}]}"#,
        #"{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"a"},{"relation":"next","url":"b"}]}"#,
    ])
    func `what is no page of a search is refused`(_ text: String) {
        #expect(throws: BulkDataError.self) { try read(text) }
    }

    @Test func `only what the server says can be searched is asked for`() throws {
        let statement = """
            {"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","rest":[{"mode":"client","resource":[
            {"type":"Account","interaction":[{"code":"search-type"}]}]},{"mode":"server","resource":[
            {"type":"Patient","interaction":[{"code":"read"},{"code":"search-type"}]},
            {"type":"Binary","interaction":[{"code":"read"}]},{"type":"No Type","interaction":[{"code":"search-type"}]}]}]}
            """
        #expect(try SearchableTypes(Array(statement.utf8)).types == ["Patient"])
        #expect(throws: BulkDataError.self) {
            try SearchableTypes(Array(#"{"resourceType":"CapabilityStatement","fhirVersion":"5.0.0"}"#.utf8))
        }
        #expect(throws: BulkDataError.self) { try SearchableTypes(Array(#"{"resourceType":"Patient"}"#.utf8)) }
    }
}
