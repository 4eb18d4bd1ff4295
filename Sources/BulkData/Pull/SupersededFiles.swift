/// What is here of an earlier manifest, to be found by the entries of the next one.
struct SupersededFiles {
    private var files: [PullFile?]
    private var byAddress: [String: [Int]] = [:]
    private var byName: [String: [Int]] = [:]

    init(_ files: [PullFile]) {
        self.files = files
        for (place, file) in files.enumerated() {
            byAddress[file.facts.location.withoutQuery, default: []].append(place)
            byName[Self.name(file.facts), default: []].append(place)
        }
    }

    /// What nobody took.
    var rest: [PullFile] { files.compactMap { $0 } }

    /// Takes what is here of the same file of the same export.
    mutating func takeSame(as entry: Manifest.File) -> PullFile? {
        take(byAddress[entry.location.withoutQuery]) { $0.isSame(as: entry) }
    }

    /// Takes a whole file of another export that may have the same content, if there is a way to ask.
    mutating func takeEqual(to entry: Manifest.File) -> PullFile? {
        take(byName[Self.name(entry)]) {
            $0.entityTag != nil && ($0.state == .whole || $0.state == .comparing) && $0.facts.content == entry.content
        }
    }

    private mutating func take(_ places: [Int]?, where isWanted: (PullFile) -> Bool) -> PullFile? {
        for place in places ?? [] {
            guard let file = files[place], isWanted(file) else { continue }
            files[place] = nil
            return file
        }
        return nil
    }

    /// A file's type and the last part of its address.
    private static func name(_ facts: Manifest.File) -> String {
        (facts.type ?? "") + "/" + (facts.location.path.split(separator: "/").last ?? "")
    }
}
