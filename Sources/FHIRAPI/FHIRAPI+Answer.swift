internal import Base
internal import Compression
internal import HTTP

extension FHIRAPI {
    /// Answers smaller than this are sent as they are: a packet holds them anyway.
    private static let codedBytesMin = 1_400

    /// Whether an answer is changed by `finished`, which takes a while.
    func needsFinish(_ response: HTTPResponse, for call: Call) -> Bool {
        (response.body.byteCount ?? 0) >= Self.codedBytesMin && AcceptEncoding.preferred(call.request.headers) != nil
            || call.request.query["_pretty"] == "true"
    }

    /// An answer as it is sent: laid out for people where `_pretty` asks for it, and in a coding that the client takes.
    func finished(_ response: HTTPResponse, for call: Call, _ bench: Workbench) -> HTTPResponse {
        coded(laidOut(response, for: call), for: call, bench)
    }

    private func laidOut(_ response: HTTPResponse, for call: Call) -> HTTPResponse {
        guard call.request.query["_pretty"] == "true", case .buffer(let buffer) = response.body else { return response }
        var response = response
        let writer = ByteWriter(capacity: buffer.count * 2)
        buffer.withUnsafeBytes { JSONIndent.write($0, to: writer) }
        response.body = .buffer(ByteBuffer(taking: writer))
        return response
    }

    private func coded(_ response: HTTPResponse, for call: Call, _ bench: Workbench) -> HTTPResponse {
        guard case .buffer(let buffer) = response.body, buffer.count >= Self.codedBytesMin,
            response.headers["content-encoding"] == nil,
            let coding = AcceptEncoding.preferred(call.request.headers)
        else { return response }
        let writer = ByteWriter(capacity: 4096)
        do {
            try buffer.withUnsafeBytes { try bench.coder().encode($0, as: coding, to: writer) }
        } catch {
            // The answer is as good without.
            return response
        }
        var response = response
        response.headers["Content-Encoding"] = coding.rawValue
        response.headers["Vary"] = "Accept-Encoding"
        response.body = .buffer(ByteBuffer(taking: writer))
        return response
    }
}

extension Call {
    /// The request with its content decoded, if it came in a coding. Belongs on a worker.
    /// - Throws: `FHIRAPIError.unsupportedMediaType` for other codings, `.tooLarge` for what would grow too large,
    ///   `.invalid` for what is damaged.
    func decoded(_ bench: Workbench) throws -> Call {
        guard let text = request.headers.list("content-encoding"), text.lowercased() != "identity" else { return self }
        guard let coding = ContentCoding(named: text) else {
            var error = FHIRAPIError(
                .unsupportedMediaType, .notSupported,
                "The content coding \"\(text.shortened)\" is not read: send gzip, zstd, or the content as it is.",
                location: "http.Content-Encoding")
            error.headers = ["Accept-Encoding": "gzip, zstd"]
            throw error
        }
        let writer = ByteWriter(capacity: request.body.count * 4)
        do {
            let coder = try bench.coder()
            try request.body.withUnsafeBytes {
                try coder.decode($0, as: coding, bytesMax: api.options.bodyBytesMax, to: writer)
            }
        } catch let error as CompressionError {
            switch error.code {
            case .tooLarge:
                throw FHIRAPIError(
                    .tooLarge, .tooLong, "The content may have at most \(api.options.bodyBytesMax) bytes once decoded.",
                    location: "http.Content-Encoding", cause: error)
            case .failed:
                throw FHIRAPIError(
                    .invalid, .invalid, "The content is not what its \(coding.rawValue) coding says: \(error.detail).",
                    location: "http.Content-Encoding", cause: error)
            case .noMemory: throw error
            }
        }
        var call = self
        call.request.body = writer.copy()
        call.request.headers["content-encoding"] = nil
        return call
    }
}
