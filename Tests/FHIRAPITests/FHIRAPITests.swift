import Testing

@Suite struct FHIRAPITests {
}
