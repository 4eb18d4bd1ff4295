import Testing

@Suite struct MartletTests {
}
