import Testing

@Suite struct JSONTapeTests {
}
