internal import JSONTape

/// An upload as the server tells it.
struct RemoteUpload: Sendable {
    var id: String
    /// `open`, `verifying`, `complete`, `ingested`, `cancelled`, `expired` or `failed`.
    var state: String
    var size: UInt64?
    var partSize: UInt64?
    var sha256: String?
    var ingest: String?
    var problem: String?

    /// - Returns: `nil` if it is no upload, or its id none that could be put in a path.
    init?(_ value: JSONValue) {
        guard value.isObject, let id = value.member("id")?.string, RemoteName.isPlain(id),
            let state = value.member("state")?.string
        else { return nil }
        self.id = id
        self.state = state
        size = value.member("size").flatMap { UInt64($0.text) }
        partSize = value.member("partSize").flatMap { UInt64($0.text) }
        sha256 = value.member("sha256")?.string
        ingest = value.member("ingest")?.string.flatMap { RemoteName.isPlain($0) ? $0 : nil }
        problem = value.member("problem")?.string
    }

    /// Whether the server has all of it and does not want it again.
    var isWhole: Bool { ["verifying", "complete", "ingested"].contains(state) }
}

/// An ingest as the server tells it.
package struct RemoteIngest: Sendable {
    package var id: String
    /// `waiting`, `running`, `paused`, `finished`, `finishedWithRejects`, `failed` or `cancelled`.
    package var state: String
    package var resources: Int
    package var rejected: Int
    package var bytesDone: UInt64
    package var bytesTotal: UInt64
    package var secondsLeft: Double?
    /// Resources by type.
    package var counts: [(type: String, count: Int)]
    package var problem: String?

    init?(_ value: JSONValue) {
        guard value.isObject, let id = value.member("id")?.string, RemoteName.isPlain(id),
            let state = value.member("state")?.string
        else { return nil }
        self.id = id
        self.state = state
        let progress = value.member("progress")
        func number(_ value: JSONValue?) -> Int { value.flatMap { Int($0.text) } ?? 0 }
        resources = number(progress?.member("resources"))
        rejected = number(progress?.member("rejected"))
        bytesDone = UInt64(max(number(progress?.member("bytesDone")), 0))
        bytesTotal = UInt64(max(number(progress?.member("bytesTotal")), 0))
        secondsLeft = progress?.member("secondsLeft").flatMap { $0.kind == .number ? Double($0.text) : nil }
        counts = []
        if let types = value.member("counts"), types.isObject {
            for member in types.members {
                counts.append((String(decoding: member.name, as: UTF8.self), number(member.value)))
            }
        }
        problem = value.member("problem")?.string ?? value.member("problem")?.member("detail")?.string
    }

    /// Whether nothing more will happen.
    package var isOver: Bool { ["finished", "finishedWithRejects", "failed", "cancelled"].contains(state) }
    /// Whether it took in what it could.
    package var isDone: Bool { state == "finished" || state == "finishedWithRejects" }
}

/// Names that the server gives.
enum RemoteName {
    /// Whether it can stand in a path as it is.
    static func isPlain(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
    }
}

/// What an error document says.
struct RemoteProblem {
    /// The last part of its type: `parts-missing`, `upload-quota` …
    var kind = ""
    var detail = ""
    /// The parts that are missing.
    var missing: [ClosedRange<Int>] = []
    var max: UInt64?

    private static let detailBytesMax = 400

    init(_ body: [UInt8]) {
        guard let document = try? JSONDocument(body, depthMax: 16) else { return }
        document.withRoot { root in
            guard root.isObject else { return }
            kind = root.member("type")?.string?.split(separator: ":").last.map(String.init) ?? ""
            // What another server says is shown, so it must not move the cursor.
            let said = root.member("detail")?.string ?? ""
            detail = String(
                said.unicodeScalars.filter { $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) }
                    .prefix(Self.detailBytesMax).map(Character.init))
            missing = PartRanges.read(root.member("missing")) ?? []
            max = root.member("max").flatMap { UInt64($0.text) }
        }
    }
}

/// Numbers of parts as `[[1,3],[7,7]]`.
enum PartRanges {
    /// How many parts an upload has at most.
    static let partsMax = 10_000

    /// - Returns: `nil` for anything but ascending ranges of part numbers.
    static func read(_ value: JSONValue?) -> [ClosedRange<Int>]? {
        guard let value, value.isArray else { return nil }
        var ranges: [ClosedRange<Int>] = []
        for element in value.elements {
            guard element.isArray else { return nil }
            let numbers = element.elements.compactMap { Int($0.text) }
            guard numbers.count == 2, numbers[0] > (ranges.last?.upperBound ?? 0), numbers[0] <= numbers[1],
                numbers[1] <= partsMax
            else { return nil }
            ranges.append(numbers[0]...numbers[1])
        }
        return ranges
    }
}
