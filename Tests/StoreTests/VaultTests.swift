import Base
import Foundation
import SQLDatabase
import Testing
import Vault

@Suite struct VaultTests {
    private final class Folder {
        let path = NSTemporaryDirectory() + "martlet-vault-\(UUID().uuidString)"

        init() throws {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func write(_ text: String, to name: String, mode: Int = 0o600) throws -> String {
            let file = path + "/" + name
            try Data(text.utf8).write(to: URL(fileURLWithPath: file))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
            return file
        }
    }

    private static func bytes(_ key: SecretKey) -> [UInt8] { key.withBytes { Array($0) } }

    private static func bytes(_ digits: String) -> [UInt8] {
        let digits = Array(digits)
        return stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0]) + String(digits[$0 + 1]), radix: 16)
        }
    }

    private static func token(_ patient: String, _ keys: TenantKeys) -> PatientToken {
        let hash = Array("Patient/\(patient)".utf8).withUnsafeBytes { SipHash.hash128($0, key: keys.identityKey) }
        return PatientToken(low: hash.low, high: hash.high)
    }

    // MARK: Sources of the master key

    private static let digits = String(repeating: "0123456789abcdef", count: 4)

    @Test func `a key is read from a file, from a command and from the environment`() throws {
        let folder = try Folder()
        let file = try folder.write(Self.digits + "\n", to: "it's a key")
        let expected = Self.bytes(Self.digits)
        #expect(try Self.bytes(MasterKeySource.file(file).load(mayCreate: false)) == expected)
        #expect(try Self.bytes(MasterKeySource.command("cat \"\(file)\"").load(mayCreate: false)) == expected)
        #expect(
            try Self.bytes(MasterKeySource.command("printf '%s\\nmore\\n' ' \(Self.digits) '").load(mayCreate: false))
                == expected)
        let name = "MARTLET_TEST_KEY_\(UUID().uuidString.prefix(8))"
        setenv(name, Self.digits.uppercased(), 1)
        #expect(try Self.bytes(MasterKeySource.environment(name).load(mayCreate: false)) == expected)
        #expect(getenv(name) == nil)
        #expect(throws: VaultError.self) { try MasterKeySource.environment(name).load(mayCreate: false) }
    }

    @Test(arguments: [
        ("false", "exit code 1"), ("/nonexistent/program", "cannot be run"), ("cat 'open", "quotation mark"),
        ("", "empty"),
        ("yes 0123456789abcdef", "4096 bytes"), ("echo \(digits.dropLast())", "no key"),
        ("echo \(digits) more", "no key"),
        ("true", "no key"), ("sh -c 'kill -9 $$'", "137"), ("echo \(digits);", "no key"), ("echo $HOME", "no key"),
    ])
    func `a command that gives no key is refused with the reason`(_ command: String, _ reason: String) throws {
        let error = #expect(throws: VaultError.self) { try MasterKeySource.command(command).load(mayCreate: false) }
        #expect(error?.code == .masterKey)
        #expect(error?.detail.contains(reason) == true, "\(error?.detail ?? "")")
        #expect(error?.detail.contains("0123456789") == false)
    }

    @Test func `a file that others can read, or that is no key, is refused`() throws {
        let folder = try Folder()
        for (text, mode) in [(Self.digits, 0o640), ("abc", 0o600), ("", 0o600), (Self.digits + "0", 0o600)] {
            let file = try folder.write(text, to: "key", mode: mode)
            let error = #expect(throws: VaultError.self) { try MasterKeyFile.load(path: file, mayCreate: true) }
            #expect(error?.code == .masterKey)
        }
        let made = try MasterKeyFile.load(path: folder.path + "/new", mayCreate: true)
        #expect(try Self.bytes(MasterKeyFile.load(path: folder.path + "/new", mayCreate: false)) == Self.bytes(made))
        #expect(throws: VaultError.self) { try MasterKeyFile.load(path: folder.path + "/none", mayCreate: false) }
    }

    @Test func `the process leaves no core dump`() {
        #expect(ProcessMemory.keepPrivate())
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        #expect(limit.rlim_cur == 0 && limit.rlim_max == 0)
    }

    // MARK: The key store

    /// A key store as the first program with records wrote it, row by row.
    private static func oldStore(_ path: String) throws -> SQLiteDatabase {
        let store = try SQLiteDatabase(path: path)
        try store.write { connection in
            try connection.execute(
                """
                CREATE TABLE tenant_keys (tenant_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
                  wrapped BLOB NOT NULL CHECK (length(wrapped) = 60)) STRICT
                """)
            try connection.execute(
                """
                CREATE TABLE patient_keys (
                  key_id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id INTEGER NOT NULL REFERENCES tenant_keys,
                  patient_token BLOB NOT NULL CHECK (length(patient_token) = 16),
                  wrapped BLOB NOT NULL CHECK (length(wrapped) = 60), UNIQUE (tenant_id, patient_token)) STRICT
                """)
            try connection.execute(
                "INSERT INTO tenant_keys VALUES (1, 'default', $1)",
                [
                    .blob(
                        bytes(
                            "78C36A56F53C06644414015F0FFE17248DF72039D96B0FEEF1A1E52D25A31B13AC3CC1E3496A8283536D2F92"
                                + "5C03A0F9A1C2A973BAA80E634F048A0C"))
                ])
            for (token, wrapped) in [
                (
                    "CF54D98B89D702E9C117B39D16E8DF60",
                    "1A6F4E4EBFDC8A29F5C9EC28CE2191B668E573A4D90ED2E34C70B26F91330570A15EFC0FBEEFCC55E7841305"
                        + "594DA7745E47FD30FBD1612D8C652C21"
                ),
                (
                    "2D185E698E5E69F187F606B55421C980",
                    "564C83D31A9A8A27B594CED5FA1DB530033DB44FCFD2709DC762310F909AFC3540281837DBB1E7CA50057407"
                        + "C37EA20DC0073BB7B66F11EE55B81890"
                ),
                (
                    "00000000000000000000000000000000",
                    "0A8B897D5BCD2F0BA49C4DC7EC9D01FD38BA425C773308ACF026F48D45B5BD3C440F12B3E66C561270F69C49"
                        + "597830BCE1AB8BDB2323B91D46BD62D6"
                ),
            ] {
                try connection.execute(
                    "INSERT INTO patient_keys (tenant_id, patient_token, wrapped) VALUES (1, $1, $2)",
                    [.blob(bytes(token)), .blob(bytes(wrapped))])
            }
        }
        return store
    }

    private static let oldMaster = "a11656baee6f48eff613d655928c0371bca381f5daf26937a64866b4b43249f4"

    @Test func `a key store of an older program opens, with its master key alone, and its keys can be rotated`() throws
    {
        let folder = try Folder()
        var store = try Self.oldStore(folder.path + "/keys.db")
        let file = try folder.write(Self.oldMaster + "\n", to: "master.key")
        let wrong = #expect(throws: VaultError.self) { try Vault(store: store, masterKey: SecretKey.random()) }
        #expect(wrong?.code == .masterKey)
        var vault = try MasterKeySource.file(file).open(store, mayCreate: false)
        func contents() throws -> [[UInt8]] {
            let keys = try vault.keys(ofTenant: "default")
            let a = try #require(try keys.patientKey(Self.token("a", keys)))
            let b = try #require(try keys.patientKey(Self.token("b", keys)))
            #expect(Set([a.id, b.id]) == [1, 2])
            return try [Self.bytes(a.key), Self.bytes(b.key), Self.bytes(keys.key(numbered: 3))]
        }
        let before = try contents()
        #expect(try vault.keyFacts().map(\.wrappingKey) == [0])
        #expect(try vault.rotateWrappingKey(ofTenant: "default") == 3)
        #expect(try vault.rotateWrappingKey(ofTenant: "default") == 3)
        #expect(try MasterKeySource.file(file).rotate(vault, to: nil) == 2)
        #expect(try contents() == before)
        try store.close()
        store = try SQLiteDatabase(path: folder.path + "/keys.db")
        vault = try MasterKeySource.file(file).open(store, mayCreate: false)
        #expect(try contents() == before)
        try store.close()
    }

    @Test func `no row of a key store can stand in another's place`() throws {
        for change in [
            "UPDATE patient_keys SET wrapped = (SELECT wrapped FROM patient_keys WHERE key_id = 2) WHERE key_id = 1",
            "UPDATE patient_keys SET patient_token = zeroblob(16) WHERE key_id = 1",
            "UPDATE patient_keys SET key_id = key_id + 10",
            "UPDATE patient_keys SET wrapping_id = 2 WHERE key_id = 1",
            "UPDATE tenant_keys SET name = CASE name WHEN 'one' THEN 'two' ELSE 'one' END || 'x'",
            "UPDATE tenant_keys SET wrapped = (SELECT wrapped FROM tenant_keys WHERE name = 'two')",
            "UPDATE wrapping_keys SET tenant_id = 3 - tenant_id",
            "UPDATE wrapping_keys SET wrapped = (SELECT wrapped FROM wrapping_keys WHERE tenant_id = 2)",
            "DELETE FROM wrapping_keys", "DELETE FROM patient_keys WHERE key_id = 1",
            "INSERT INTO shredded_keys SELECT 1, 1, sealed FROM shredded_keys",
            "UPDATE shredded_keys SET key_id = 1", "DELETE FROM shredded_keys",
        ] {
            let folder = try Folder()
            let master = try MasterKeyFile.load(path: folder.path + "/master.key", mayCreate: true)
            let store = try SQLiteDatabase(path: folder.path + "/keys.db")
            do {
                let vault = try Vault(store: store, masterKey: master)
                for name in ["one", "two"] {
                    let keys = try vault.keys(ofTenant: name)
                    _ = try keys.patientKeys([Self.token("a", keys), Self.token("b", keys)])
                }
                let keys = try vault.keys(ofTenant: "one")
                #expect(try keys.patientKeys([Self.token("c", keys)]).values.map(\.id) == [5])
                #expect(try keys.shred(Self.token("c", keys)) == [5])
            }
            try store.write { connection in
                try connection.execute("PRAGMA foreign_keys=OFF")
                try connection.execute(change)
            }
            let error = #expect(throws: VaultError.self, "\(change)") {
                let vault = try Vault(store: store, masterKey: master)
                let keys = try vault.keys(ofTenant: "one")
                for number in [1, 2] { _ = try keys.key(numbered: Int64(number)) }
                do {
                    _ = try keys.key(numbered: 5)
                } catch let error as VaultError where error.code == .keyMissing {}
            }
            #expect(error?.code == .damaged, "\(change): \(error.map { "\($0)" } ?? "")")
            try store.close()
        }
    }

    @Test func `a shredded key is in no file of the key store any more`() throws {
        let folder = try Folder()
        let master = try MasterKeyFile.load(path: folder.path + "/master.key", mayCreate: true)
        let store = try SQLiteDatabase(path: folder.path + "/keys.db")
        let vault = try Vault(store: store, masterKey: master)
        let keys = try vault.keys(ofTenant: "one")
        _ = try keys.patientKeys((0..<50).map { Self.token("p\($0)", keys) })
        let token = Self.token("p7", keys)
        let number = try #require(try keys.patientKey(token)).id
        var wrapped: [UInt8] = []
        try store.read { connection in
            try connection.query("SELECT wrapped FROM patient_keys WHERE key_id = $1", [.integer(number)]) { row in
                wrapped = Array(row.blob(0))
                return false
            }
        }
        func holds(_ bytes: [UInt8]) throws -> Bool {
            try ["keys.db", "keys.db-wal"].contains { name in
                try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + name)).range(of: Data(bytes)) != nil
            }
        }
        #expect(try holds(wrapped))
        #expect(try keys.shred(token) == [number])
        try keys.forgetTraces()
        #expect(try !holds(wrapped))
        let error = #expect(throws: VaultError.self) { try keys.key(numbered: number) }
        #expect(error?.code == .keyMissing)
        #expect(try #require(try keys.patientKeys([token])[token]).id > number)
        try store.close()
    }
}
