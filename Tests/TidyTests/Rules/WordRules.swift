/// Words that must not stand in the repository. They are put together from pieces here, so that this file passes too.
enum WordRules {
    /// Marks of work left behind.
    static let marks = ["TO" + "DO", "FIX" + "ME", "X" + "XX"]

    /// Places of one machine, in lower case; a fresh clone elsewhere has none of them.
    static let machinePaths = ["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/"]

    /// Hosts of package registries, in lower case: what is fetched from where is the package manager's business.
    static let registryHosts = [
        "files.python" + "hosted", "py" + "pi.org", "deb.deb" + "ian.org", "security.deb" + "ian.org",
        "archive.ubu" + "ntu.com",
        "registry.npm" + "js", "proxy.go" + "lang.org", "static.cra" + "tes.io", "index.cra" + "tes.io",
        "ruby" + "gems.org",
    ]

    /// How a tracker's entry is named, in lower case; a digit follows. The tracker moves, the repository stays.
    static let trackerMarks = ["iss" + "ue #", "iss" + "ue "]

    /// Marks of work left behind in code and documents; what a tool made may hold them as data.
    static func unfinished(in file: RepositoryFile) -> [Finding] {
        guard isWritten(file), !file.isGenerated else { return [] }
        let bytes = Array(file.text.utf8)
        return marks.flatMap { mark in
            offsets(of: mark, in: bytes)
                .filter { isWord(at: $0, count: mark.utf8.count, in: bytes) }
                .map { Finding(path: file.path, line: file.line(at: $0), message: "\(mark) is work left behind") }
        }
    }

    /// Names of machines, registries and tracker entries, in any file.
    static func strangers(in file: RepositoryFile) -> [Finding] {
        let bytes = file.text.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
        let paths = machinePaths.flatMap { path in
            offsets(of: path, in: bytes).filter { $0 == 0 || !isWordByte(bytes[$0 - 1]) }.map { ($0, path) }
        }
        let hosts = registryHosts.flatMap { host in offsets(of: host, in: bytes).map { ($0, host) } }
        let entries = trackerMarks.flatMap { mark in
            offsets(of: mark, in: bytes)
                .filter { isDigit(at: $0 + mark.utf8.count, in: bytes) && ($0 == 0 || !isWordByte(bytes[$0 - 1])) }
                .map { ($0, mark) }
        }
        return (paths + hosts + entries).map { offset, word in
            Finding(path: file.path, line: file.line(at: offset), message: "'\(word)' means nothing in another clone")
        }
    }

    private static func isWritten(_ file: RepositoryFile) -> Bool {
        let name = file.path.split(separator: "/").last ?? ""
        let ending = name.split(separator: ".").last.map(String.init) ?? ""
        return !name.contains(".")
            || ["swift", "h", "c", "cpp", "py", "sh", "md", "modulemap", "css", "js"].contains(ending)
    }

    private static func offsets(of word: String, in bytes: [UInt8]) -> [Int] {
        let word = Array(word.utf8)
        return bytes.withUnsafeBufferPointer { text in
            guard text.count >= word.count else { return [] }
            return (0...(text.count - word.count)).filter { offset in
                for index in word.indices where text[offset + index] != word[index] { return false }
                return true
            }
        }
    }

    private static func isWord(at offset: Int, count: Int, in bytes: [UInt8]) -> Bool {
        (offset == 0 || !isWordByte(bytes[offset - 1]))
            && (offset + count == bytes.count || !isWordByte(bytes[offset + count]))
    }

    private static func isWordByte(_ byte: UInt8) -> Bool { SwiftToken.isWordByte(byte) && byte != UInt8(ascii: "`") }

    private static func isDigit(at offset: Int, in bytes: [UInt8]) -> Bool {
        offset < bytes.count && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[offset])
    }
}
