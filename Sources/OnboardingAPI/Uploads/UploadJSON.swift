internal import Base
internal import Uploads

/// Uploads as JSON.
enum UploadJSON {
    static func object(_ upload: Upload) -> JSONObject {
        let object = JSONObject()
        object.add("id", upload.id.description)
        object.add("state", upload.state.name)
        object.add("fileName", upload.facts.fileName)
        object.add("contentType", upload.facts.contentType)
        if let size = upload.facts.size { object.add("size", size) }
        if let count = upload.partCount { object.add("partCount", count) }
        if let size = upload.facts.partSize { object.add("partSize", size) }
        if let digest = upload.facts.sha256 { object.add("sha256", Hexadecimal.text(digest)) }
        let received = JSONObject()
        received.add("parts", upload.receivedParts)
        received.add("bytes", upload.receivedBytes)
        object.add("received", received)
        object.add("created", upload.created)
        object.add("expires", upload.expires)
        if let ingest = upload.ingest { object.add("ingest", ingest) }
        if let problem = upload.problem { object.add("problem", problem) }
        return object
    }

    static func object(_ part: Part) -> JSONObject {
        let object = JSONObject()
        object.add("part", part.number)
        object.add("size", part.size)
        object.add("sha256", Hexadecimal.text(part.sha256))
        return object
    }

    /// `[[1,3],[7,7]]`
    static func ranges(_ ranges: [ClosedRange<Int>]) -> String {
        "[" + ranges.map { "[\($0.lowerBound),\($0.upperBound)]" }.joined(separator: ",") + "]"
    }
}

/// Bytes as pairs of hexadecimal digits.
enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// - Returns: `nil` for anything but pairs of digits, of either case.
    static func bytes(_ text: String) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard characters.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: characters.count, by: 2) {
            guard let high = value(characters[index]), let low = value(characters[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
