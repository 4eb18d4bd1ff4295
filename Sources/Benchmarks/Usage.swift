internal import Base
internal import Foundation

/// What this process took of the machine.
enum Usage {
    /// Seconds of processor time so far, of all threads, in the program and in the system for it.
    static var processorSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// Forgets the highest memory seen so far, so that `peakMemoryBytes` tells of what comes.
    static func forgetPeakMemory() {
        guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return }
        try? file.write(contentsOf: Data("5".utf8))
        try? file.close()
    }

    /// The most memory that was resident since `forgetPeakMemory`, or since the start where the system does not forget.
    static var peakMemoryBytes: Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
            let digits = line.filter(\.isNumber)
            if let kilobytes = Double(String(digits)) { return kilobytes * 1024 }
        }
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_maxrss) * 1024
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1e6
    }
}

/// How long some work took.
struct Timing {
    var seconds: Double
    /// Of all threads of the process.
    var processorSeconds: Double

    /// Times `body`.
    static func of<Result>(_ body: () throws -> Result) rethrows -> (result: Result, timing: Timing) {
        let start = monotonicNanoseconds()
        let processor = Usage.processorSeconds
        let result = try body()
        let timing = Timing(
            seconds: Double(monotonicNanoseconds() - start) / 1e9,
            processorSeconds: Usage.processorSeconds - processor)
        return (result, timing)
    }
}
