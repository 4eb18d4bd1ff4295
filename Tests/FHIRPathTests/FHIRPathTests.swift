import Testing

@Suite struct FHIRPathTests {
}
