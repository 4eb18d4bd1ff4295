internal import Base
internal import HTTP
internal import JSONTape
internal import WebClient

/// Follows an ingest to its end and fetches what it rejected.
package struct IngestWatch: Sendable {
    /// One thing that was not taken in.
    package struct Reject: Sendable {
        /// The file, and the line or entry.
        package var place: String
        package var reason: String
    }

    private let client: OnboardingClient

    private static let firstPauseSeconds = 0.5
    private static let pauseSecondsMax = 5.0
    private static let pagesMax = 1_000_000
    private static let pageCount = 1_000
    private static let lineBytesMax = 256 << 10

    package init(_ client: OnboardingClient) {
        self.client = client
    }

    /// Blocks until an ingest has ended.
    /// - Parameter progress: told each time that it was asked for.
    /// - Throws: `PushError`.
    package func follow(_ id: String, progress: (RemoteIngest) -> Void) throws(PushError) -> RemoteIngest {
        var pause = Self.firstPauseSeconds
        while true {
            guard let ingest = try client.ingest(id) else {
                throw PushError(.answer, "the server knows nothing of the ingest that it began")
            }
            progress(ingest)
            if ingest.isOver { return ingest }
            try client.wait(seconds: pause)
            pause = min(Self.pauseSecondsMax, pause * 1.3)
        }
    }

    /// Fetches what an ingest rejected, one JSON object a line.
    /// - Parameters:
    ///   - examplesMax: how many are read for people.
    ///   - begin: told before each page, and again where a page begins anew: what came of it before does not count.
    ///   - take: takes pieces of the lines.
    /// - Throws: `PushError`, and what `begin` and `take` throw as its cause.
    package func rejects(
        of id: String, examplesMax: Int, begin: @escaping (_ page: Int) throws -> Void,
        take: @escaping (UnsafeRawBufferPointer) throws -> Void
    ) throws(PushError) -> [Reject] {
        guard RemoteName.isPlain(id) else { throw PushError(.answer, "the name of an ingest is none") }
        var examples: [Reject] = []
        var path = "/ingests/\(id)/rejects?limit=\(Self.pageCount)"
        for page in 0..<Self.pagesMax {
            let before = examples
            var rest: [UInt8] = []
            var call = OnboardingClient.Call(.get, path)
            call.headers["Accept"] = "application/x-ndjson"
            call.receiver = (
                begin: {
                    examples = before
                    rest = []
                    try begin(page)
                },
                take: { piece in
                    try take(piece)
                    Self.read(piece, &rest, &examples, examplesMax)
                }
            )
            let answer = try client.answer(call)
            guard answer.status == 200 else { throw OnboardingClient.refusal(answer) }
            guard let next = Self.next(answer.head.headers, of: id) else { return examples }
            path = next
        }
        return examples
    }

    /// Reads whole lines, as long as more examples are wanted.
    private static func read(
        _ piece: UnsafeRawBufferPointer, _ rest: inout [UInt8], _ examples: inout [Reject], _ examplesMax: Int
    ) {
        guard examples.count < examplesMax else { return }
        rest.append(contentsOf: piece)
        while examples.count < examplesMax, let end = rest.firstIndex(of: 0x0A) {
            if let reject = reject(Array(rest[..<end])) { examples.append(reject) }
            rest.removeSubrange(...end)
        }
        // An original may be long; the place and the reason stand before it.
        if rest.count > lineBytesMax { rest.removeSubrange(lineBytesMax...) }
    }

    private static func reject(_ line: [UInt8]) -> Reject? {
        guard let document = try? JSONDocument(line) else { return nil }
        return document.withRoot { root in
            guard root.isObject else { return nil }
            var place = root.member("file")?.string ?? ""
            for (name, word): (StaticString, String) in [("line", "line"), ("entry", "entry"), ("member", "member")] {
                if let number = root.member(name), number.kind == .number { place += ", \(word) \(number.text)" }
            }
            if let path = root.member("path")?.string, !path.isEmpty { place += ", " + path }
            return Reject(place: visible(place), reason: visible(root.member("reason")?.string ?? ""))
        }
    }

    private static func visible(_ text: String) -> String {
        String(
            text.unicodeScalars.filter { $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) }.prefix(300)
                .map(Character.init))
    }

    /// The path of the next page behind `/api/v1`, from a `Link` field.
    /// - Source: RFC 8288.
    static func next(_ headers: HTTPHeaders, of id: String) -> String? {
        for link in (headers.list("link") ?? "").split(separator: ",") {
            let parts = link.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard let target = parts.first, target.hasPrefix("<"), target.hasSuffix(">"),
                parts.dropFirst().contains(where: { $0 == "rel=next" || $0 == "rel=\"next\"" }),
                let start = target.place(of: "/ingests/\(id)/rejects?")
            else { continue }
            return String(target[start...].dropLast())
        }
        return nil
    }
}

extension String {
    /// Where a text begins in this one.
    fileprivate func place(of text: String) -> String.Index? {
        let bytes = Array(utf8)
        let wanted = Array(text.utf8)
        guard bytes.count >= wanted.count else { return nil }
        for offset in 0...(bytes.count - wanted.count) where bytes[offset..<offset + wanted.count].elementsEqual(wanted)
        {
            return utf8.index(utf8.startIndex, offsetBy: offset)
        }
        return nil
    }
}
