/// What uploads may take.
package struct UploadOptions: Sendable {
    /// Parts of one upload.
    package var partCountMax = 10_000
    /// Bytes of one part.
    package var partBytesMax: UInt64 = 5 << 30
    /// Bytes of one upload.
    package var uploadBytesMax: UInt64 = 5 << 40
    /// Bytes of all uploads of a tenant together, those that are announced included.
    package var tenantBytesMax: UInt64 = 10 << 40
    /// Uploads of a tenant that are open at once.
    package var openCountMax = 1_000
    /// Room that is left on the disk for what else writes to it.
    package var freeBytesMin: UInt64 = 256 << 20
    /// How long an upload waits for its next part.
    package var idleSeconds: Double = 7 * 86_400
    /// How long it is known after it has ended.
    package var rememberedSeconds: Double = 30 * 86_400
    /// Whether what is written is forced to the disk: only tests on a disk that never fails go without.
    package var syncs = true

    package init() {}
}
