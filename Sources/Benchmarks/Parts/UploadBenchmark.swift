internal import Base
internal import Foundation
internal import Vault

/// Parts of one upload in parallel to the program itself, on a store of its own.
struct UploadBenchmark {
    let host: BenchmarkHost
    let scratch: ScratchFolder
    let say: @Sendable (String) -> Void

    private static let partCount = 16
    private static let partBytes = 64 << 20
    private static let bytesPerSecondMin = 300.0
    private static let memoryMegabytesMax = 200.0
    private static let secondsMax = 60.0

    /// - Throws: `BenchmarkError.server` if the program refuses a part.
    func run() throws -> [Measurement] {
        let folder = scratch.path + "/upload-store"
        try host.openStore(folder, true).close()
        let token = try host.makeToken(folder)
        let part = try Self.part()
        let port = try StartBenchmark.freePort()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: host.programPath)
        process.arguments = host.serveArguments(folder, "127.0.0.1:\(port)")
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        let client = UploadClient(port: port, token: token)
        try waitUntilServing(port: port, token: token, process)
        let upload = try client.begin(partCount: Self.partCount)
        say("\(Self.partCount) parts of \(Self.partBytes >> 20) MiB in parallel")
        let before = Self.memory(of: process)
        let timing = try Timing.of {
            try ParallelRun.run(pieces: Self.partCount, threads: Self.partCount, makeTools: { client }) {
                client, number in
                try client.put(part, upload: upload, number: number + 1)
            }
        }.timing
        let memory = Self.memory(of: process)
        try client.complete(upload)
        say("the same bytes into files, with their digests")
        let floor = try floor(part)
        let megabytes = Double(Self.partCount * Self.partBytes) / 1e6
        return [
            Measurement(
                "upload, \(Self.partCount) parts of \(Self.partBytes >> 20) MiB in parallel",
                megabytes / timing.seconds, "MB/s", target: .atLeast(Self.bytesPerSecondMin),
                floors: [.init("the same bytes into files, with SHA-256 and fdatasync", megabytes / floor)],
                details: [.init("clientProcessorSeconds", timing.processorSeconds)]),
            Measurement(
                "upload: the server's most memory", memory, "MB", target: .atMost(Self.memoryMegabytesMax),
                details: [.init("beforeMegabytes", before)]),
        ]
    }

    /// Bytes that no disk and no line makes fewer, with their digest.
    private static func part() throws -> UploadClient.Part {
        var random = SeededRandom(seed: 1)
        var bytes = [UInt8](repeating: 0, count: partBytes)
        bytes.withUnsafeMutableBytes { buffer in
            for offset in stride(from: 0, to: buffer.count, by: 8) {
                buffer.storeBytes(of: random.next(), toByteOffset: offset, as: UInt64.self)
            }
        }
        let digest = try StreamDigest(.sha256)
        try bytes.withUnsafeBytes { try digest.update($0) }
        return UploadClient.Part(bytes: bytes, digest: Data(try digest.finish()).base64EncodedString())
    }

    /// - Returns: seconds that the digests and files alone take, on all cores.
    private func floor(_ part: UploadClient.Part) throws -> Double {
        let prefix = scratch.path + "/floor-"
        return try Timing.of {
            try ParallelRun.run(pieces: Self.partCount, makeTools: { prefix }) { prefix, number in
                let digest = try StreamDigest(.sha256)
                let file = open(prefix + String(number), O_WRONLY | O_CREAT | O_TRUNC, 0o600)
                guard file >= 0 else { throw BenchmarkError(.files, "cannot write \(prefix)\(number)") }
                defer { close(file) }
                try part.bytes.withUnsafeBytes { bytes in
                    for start in stride(from: 0, to: bytes.count, by: 256 << 10) {
                        let end = min(start + (256 << 10), bytes.count)
                        let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
                        try digest.update(piece)
                        guard write(file, piece.baseAddress, piece.count) == piece.count else {
                            throw BenchmarkError(.files, "cannot write \(prefix)\(number)")
                        }
                    }
                }
                _ = try digest.finish()
                fdatasync(file)
            }
        }.timing.seconds
    }

    private func waitUntilServing(port: Int, token: String, _ process: Process) throws {
        let start = monotonicNanoseconds()
        while ProbeClient(port: port, token: token).get("/readyz")?.status != 200 {
            guard process.isRunning, Double(monotonicNanoseconds() - start) / 1e9 < Self.secondsMax else {
                throw BenchmarkError(.server, "the started program did not answer")
            }
            usleep(10_000)
        }
    }

    /// Megabytes that the process has had in memory at most.
    private static func memory(of process: Process) -> Double {
        let path = "/proc/\(process.processIdentifier)/status"
        let status = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return (Double(String(line.filter(\.isNumber))) ?? 0) * 1024 / 1e6
    }
}
