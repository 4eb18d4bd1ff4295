internal import Glibc

/// What the operating system tells of this process.
package struct ProcessFigures: Sendable {
    /// Time on processors, of user and system together, in seconds.
    package var processorSeconds: Double
    package var residentBytes: Int?
    package var virtualBytes: Int?
    package var openDescriptors: Int?
    /// How many descriptors may be open; `nil` for no limit.
    package var descriptorsMax: Int?
    package var threads: Int?
    /// Seconds since 1970-01-01T00:00:00Z at which the process began.
    package var startedAt: Double?

    /// The figures of now.
    /// - Source: proc(5).
    package static func now() -> ProcessFigures {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        var figures = ProcessFigures(processorSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime))
        let pageBytes = sysconf(Int32(_SC_PAGESIZE))
        let pages = contents("/proc/self/statm").split(separator: " ")
        if pages.count > 1 {
            figures.virtualBytes = Int(pages[0]).map { $0 * pageBytes }
            figures.residentBytes = Int(pages[1]).map { $0 * pageBytes }
        }
        // The command's name stands in parentheses and may hold anything.
        let facts = contents("/proc/self/stat")
        if let end = facts.lastIndex(of: ")") {
            let fields = facts[facts.index(after: end)...].split(separator: " ")
            if fields.count > 19 {
                figures.threads = Int(fields[17])
                let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
                figures.startedAt = Double(fields[19]).flatMap { start in bootTime().map { $0 + start / ticks } }
            }
        }
        figures.openDescriptors = descriptorCount()
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < UInt(Int.max) {
            figures.descriptorsMax = Int(limit.rlim_cur)
        }
        return figures
    }

    private static func bootTime() -> Double? {
        for line in contents("/proc/stat").split(separator: "\n") where line.hasPrefix("btime ") {
            return Double(line.dropFirst("btime ".count))
        }
        return nil
    }

    private static func descriptorCount() -> Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Without `.`, `..` and the folder's own.
        return max(0, count - 3)
    }

    /// A file of the kernel's; empty if it cannot be read.
    private static func contents(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16 << 10)
        while bytes.count < bytesMax {
            let count = read(descriptor, &piece, piece.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += piece[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let bytesMax = 1 << 20
}
