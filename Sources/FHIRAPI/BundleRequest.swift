internal import FHIR
internal import HTTP
internal import JSONTape

/// A batch or transaction as a client sends it. Valid while its Bundle is on the workbench's tape.
struct BundleRequest {
    let isTransaction: Bool
    let entries: [Result<BundleEntry, FHIRAPIError>]

    /// Reads a request's body.
    /// - Throws: `FHIRAPIError` if it is no batch or transaction, or larger than allowed.
    init(_ call: Call, _ bench: Workbench) throws {
        let options = call.api.options
        guard call.request.body.count <= options.bundleBytesMax else {
            throw FHIRAPIError(.tooLarge, .tooLong, "A Bundle may have at most \(options.bundleBytesMax) bytes.")
        }
        let root = try call.request.body.withUnsafeBytes { try bench.parse($0) }
        guard root.member("resourceType")?.equals("Bundle") == true, let type = root.member("type")?.string else {
            throw FHIRAPIError(.invalid, .invalid, "What is posted here is a Bundle of type batch or transaction.")
        }
        guard type == "batch" || type == "transaction" else {
            var error = FHIRAPIError(
                .invalid, .value,
                "A Bundle of type \"\(type.shortened)\" is not taken here: send a batch or transaction, or POST it to "
                    + "/Bundle to store it.")
            error.issues[0].expression = "Bundle.type"
            throw error
        }
        isTransaction = type == "transaction"
        var entries: [Result<BundleEntry, FHIRAPIError>] = []
        if let list = root.member("entry") {
            guard list.isArray else {
                throw FHIRAPIError(.unprocessable, .structure, "Bundle.entry is an array.")
            }
            let base = call.base
            for (place, value) in list.elements.enumerated() {
                guard place < options.bundleEntriesMax else {
                    throw FHIRAPIError(
                        .tooLarge, .tooCostly,
                        "A batch or transaction may have at most \(options.bundleEntriesMax) entries.")
                }
                do throws(FHIRAPIError) {
                    entries.append(.success(try BundleEntry(value, at: place, base: base)))
                } catch {
                    entries.append(.failure(error.inEntry(place)))
                }
            }
        }
        self.entries = entries
    }
}
