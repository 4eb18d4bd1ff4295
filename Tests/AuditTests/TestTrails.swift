import Access
import Audit
import Base
import Compression
import Foundation
import SQLDatabase
import Synchronization
import Vault

/// A clock that stands still until it is moved.
final class TestClock: Base.Clock {
    private let time = Mutex<Int64>(1_700_000_000_000_000)

    func now() -> Instant { Instant(microseconds: time.withLock { $0 }) }
    func move(seconds: Double) { time.withLock { $0 += Int64(seconds * 1e6) } }
}

/// A disk that fails when told.
final class FailingStorage: TrailStorage {
    enum Failure: Sendable {
        case none, full, unsynced
        /// Writes half of it, and can't cut it off either.
        case half
        /// Gives no heads back.
        case unreadable
    }

    private let failure = Mutex(Failure.none)
    private let real = SystemStorage()

    func fail(_ how: Failure) { failure.withLock { $0 = how } }

    func read(into target: UnsafeMutableRawBufferPointer, from descriptor: Int32, at offset: UInt64) -> Int {
        failure.withLock { $0 } == .unreadable ? -Int(EIO) : real.read(into: target, from: descriptor, at: offset)
    }

    func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at offset: UInt64) -> Int32 {
        switch failure.withLock({ $0 }) {
        case .none, .unsynced, .unreadable: return real.write(bytes, to: descriptor, at: offset)
        case .full: return ENOSPC
        case .half:
            _ = real.write(UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 2)]), to: descriptor, at: offset)
            return ENOSPC
        }
    }

    func sync(_ descriptor: Int32) -> Int32 {
        failure.withLock { $0 } == .unsynced ? EIO : real.sync(descriptor)
    }

    func truncate(_ descriptor: Int32, to count: UInt64) -> Int32 {
        failure.withLock { $0 } == .half ? EIO : real.truncate(descriptor, to: count)
    }
}

/// Trails in a folder of their own, which goes when the test ends.
final class TestTrails: @unchecked Sendable {
    // Safe to share: nothing changes after `init` but under the locks of what it holds.
    let base: String
    let vault: Vault
    let clock = TestClock()
    let storage = FailingStorage()
    let options: AuditOptions
    let tenant = TenantName.standard
    private let keys: SQLiteDatabase

    var folder: TrailFolder {
        TrailFolder(root: base + "/audit", tenant: tenant, anchorFolder: options.anchorFolder)
    }

    init(_ change: (inout AuditOptions) -> Void = { _ in }) throws {
        base = NSTemporaryDirectory() + "martlet-audit-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: base + "/keys", withIntermediateDirectories: true)
        keys = try SQLiteDatabase(path: base + "/keys/keys.db")
        vault = try Vault(store: keys, masterKey: SecretKey.random())
        var options = AuditOptions(anchorFolder: base + "/keys")
        options.storage = storage
        // Heads by count alone, so that tests do not hang on the time that they take.
        options.headEverySeconds = 3_600
        change(&options)
        self.options = options
    }

    deinit {
        try? keys.close()
        try? FileManager.default.removeItem(atPath: base)
    }

    func open(_ change: (inout AuditOptions) -> Void = { _ in }) throws -> AuditTrails {
        var options = options
        change(&options)
        return try AuditTrails(folder: base + "/audit", vault: vault, clock: clock, options: options)
    }

    /// Keys that whoever stole everything would have.
    func stolenKeys() throws -> TrailKeys {
        try TrailKeys.load(
            folder, tenant: tenant, wrapping: TrailKeys.wrappingKey(vault.keys(ofTenant: tenant.description)))
    }

    /// What `verify` says of the trail as it lies on the disk.
    func verify(expecting expectation: AuditExpectation = AuditExpectation()) throws -> AuditReport {
        let trails = try open()
        return try trails.verify(tenant: tenant, expecting: expectation)
    }

    /// Makes a trail of five entries with two heads, the second of which its second place does not know of, as after a
    /// crash, and saves it.
    func makeTwoHeads() throws {
        let trails = try open()
        for number in 0..<3 { _ = try trails.record(Self.entry(number), tenant: tenant) }
        try trails.signHead(tenant: tenant)
        let before = try Self.bytes(anchor)
        for number in 3..<5 { _ = try trails.record(Self.entry(number), tenant: tenant) }
        try trails.signHead(tenant: tenant)
        try trails.stop()
        try Self.write(before, anchor)
        try save()
    }

    /// Keeps the trail as it is, to be put back after each kind of damage.
    func save() throws {
        try? FileManager.default.removeItem(atPath: base + "/saved")
        try FileManager.default.createDirectory(atPath: base + "/saved", withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: base + "/audit", toPath: base + "/saved/audit")
        // Before the first head there is none.
        try? FileManager.default.copyItem(atPath: anchor, toPath: base + "/saved/anchor")
    }

    func restore() throws {
        try? FileManager.default.removeItem(atPath: base + "/audit")
        try? FileManager.default.removeItem(atPath: anchor)
        try FileManager.default.copyItem(atPath: base + "/saved/audit", toPath: base + "/audit")
        try? FileManager.default.copyItem(atPath: base + "/saved/anchor", toPath: anchor)
    }

    var anchor: String { folder.anchor ?? "" }

    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    static func write(_ bytes: some Collection<UInt8>, _ path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    /// An entry that differs by a number.
    static func entry(_ number: Int, patients: Int = 500) -> AuditEntry {
        var entry = AuditEntry(
            number % 10 == 9 ? .change : .access, number % 10 == 9 ? .update : .read,
            number % 10 == 9 ? "update" : "read", outcome: number % 100 == 99 ? .seriousFailure : .success,
            time: Instant(microseconds: 1_700_000_000_000_000 + Int64(number) * 1_000),
            agent: "user/\(number % 17)")
        entry.address = "192.0.2.\(number % 250)"
        entry.role = "clinician"
        entry.patients = ["patient-\(number % patients)"]
        entry.resources = ["Observation/obs-\(number)"]
        entry.request = "GET /fhir/Observation/obs-\(number)"
        entry.status = 200
        entry.requestID = "request-\(number)"
        if number % 3 == 0 { entry.purposeOfUse = "TREAT" }
        return entry
    }

    /// Adds many entries at once and waits for all.
    static func fill(_ trails: AuditTrails, _ numbers: Range<Int>, tenant: TenantName = .standard) throws {
        let done = Countdown(numbers.count)
        for number in numbers {
            done.throttle(below: 30_000, outOf: numbers.count, started: number - numbers.lowerBound)
            trails.append(entry(number), tenant: tenant) { done.end($0) }
        }
        try done.wait()
    }
}

/// Waits until so many calls have ended.
final class Countdown: @unchecked Sendable {
    // Safe to share: used under `lock`.
    private let lock = Lock()
    private var left: Int
    private var failure: AuditError?
    private(set) var numbers: Set<UInt64> = []

    init(_ count: Int) { left = count }

    func end(_ result: Result<UInt64, AuditError>) {
        lock.withLock {
            left -= 1
            switch result {
            case .success(let number): numbers.insert(number)
            case .failure(let error): failure = error
            }
            lock.signalAll()
        }
    }

    /// Waits while more than so many of those that were started are under way.
    func throttle(below most: Int, outOf total: Int, started: Int) {
        lock.withLock { while started - (total - left) >= most { lock.wait() } }
    }

    func wait() throws {
        try lock.withLock {
            while left > 0 { lock.wait() }
            if let failure { throw failure }
        }
    }
}
