import Testing

@Suite struct FHIRTests {
}
