internal import Compression
internal import HTTP

/// Which coding of an answer a client likes best.
/// - Source: RFC 9110 section 12.5.3.
enum AcceptEncoding {
    /// - Returns: `nil` if the answer is to be sent as it is. Of equals zstd, which costs less.
    static func preferred(
        _ headers: HTTPHeaders, among codings: [ContentCoding] = ContentCoding.allCases
    ) -> ContentCoding? {
        guard let text = headers.list("accept-encoding") else { return nil }
        var weights: [ContentCoding: Double] = [:]
        var others = 0.0
        for part in text.split(separator: ",") {
            let pieces = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard let name = pieces.first else { continue }
            let quality = pieces.dropFirst().first { $0.lowercased().hasPrefix("q=") }
            let weight = quality.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            if name == "*" {
                others = weight
            } else if let coding = ContentCoding(named: name) {
                weights[coding] = max(weights[coding] ?? 0, weight)
            }
        }
        var best: (coding: ContentCoding, weight: Double)?
        for coding in codings {
            let weight = weights[coding] ?? others
            if weight > best?.weight ?? 0 { best = (coding, weight) }
        }
        return best?.coding
    }
}
