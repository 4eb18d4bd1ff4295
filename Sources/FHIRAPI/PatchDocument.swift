internal import Base
internal import FHIR
internal import HTTP
internal import JSONTape
internal import Patch
internal import RecordStore

/// A patch as a client sends it, in one of its two forms.
/// - Source: FHIR R4 http, https://hl7.org/fhir/R4/http.html#patch
struct PatchDocument {
    enum Format {
        case json, fhirPath

        static let json6902 = "application/json-patch+json"

        /// - Throws: `FHIRAPIError.unsupportedMediaType`.
        init(_ request: HTTPRequest) throws(FHIRAPIError) {
            if request.contentType?.essence == Self.json6902 {
                self = .json
                return
            }
            do throws(FHIRAPIError) {
                try ContentNegotiation.checkBody(request)
            } catch {
                var error = error
                error.issues[0].diagnostics =
                    "A patch is sent as application/json-patch+json (RFC 6902), or as application/fhir+json with "
                    + "Parameters (FHIRPath Patch)."
                error.headers = ["Accept-Patch": "application/json-patch+json, application/fhir+json"]
                throw error
            }
            self = .fhirPath
        }
    }

    private enum Patch {
        case json(JSONPatch)
        case fhirPath(FHIRPathPatch)
    }

    private let patch: Patch

    /// Reads a patch from a request's body. The workbench's parser is free afterwards.
    /// - Throws: `FHIRAPIError.invalid` if it is none.
    init(_ body: [UInt8], _ format: Format, _ bench: Workbench) throws {
        let root = try body.withUnsafeBytes { try bench.parse($0) }
        switch format {
        case .json: try self.init(json: root)
        case .fhirPath: try self.init(parameters: root, bench)
        }
    }

    /// Takes a JSON Patch from the tape.
    init(json root: JSONValue) throws(FHIRAPIError) {
        do throws(PatchError) {
            patch = .json(try JSONPatch(root))
        } catch {
            throw FHIRAPIError(error)
        }
    }

    /// Takes a FHIRPath Patch from the tape.
    init(parameters root: JSONValue, _ bench: Workbench) throws(FHIRAPIError) {
        let definitions = bench.store.definitions
        guard let type = definitions.type(named: "Parameters") else {
            throw FHIRAPIError(.failed, .exception, "The definitions have no Parameters.")
        }
        guard root.member("resourceType")?.equals("Parameters") == true else {
            throw FHIRAPIError(
                .invalid, .invalid,
                "A FHIRPath Patch is a Parameters resource; a JSON Patch has the type "
                    + Format.json6902 + ".")
        }
        _ = try CheckedResource(root, of: type, bench, isStored: false)
        do throws(PatchError) {
            patch = .fhirPath(try FHIRPathPatch(root, definitions: definitions))
        } catch {
            throw FHIRAPIError(error)
        }
    }

    /// Makes the patched resource's JSON.
    /// - Parameter parser: one that is free; it is used for the version that is there.
    /// - Throws: `FHIRAPIError` naming the operation.
    func apply(to present: StoredResource, _ parser: JSONParser, now: Instant) throws -> ByteWriter {
        let before = ByteWriter(capacity: 8192)
        present.writeJSON(to: before)
        let after = ByteWriter(capacity: before.count + 1024)
        do throws(PatchError) {
            switch patch {
            case .json(let patch):
                let root: JSONValue
                do throws(JSONError) {
                    root = try parser.parse(before.bytes)
                } catch {
                    throw PatchError(code: .inapplicable, detail: "the stored resource cannot be read", cause: error)
                }
                try patch.apply(to: root, writing: after)
            case .fhirPath(let patch): try patch.apply(to: before.bytes, now: now, writing: after)
            }
        } catch {
            throw FHIRAPIError(error)
        }
        return after
    }

    /// Checks what a patch made of a resource.
    /// - Throws: `FHIRAPIError.unprocessable` with all that is wrong with it.
    func checked(
        _ root: JSONValue, _ target: WriteTarget, _ bench: Workbench
    ) throws(FHIRAPIError) -> CheckedResource {
        guard root.isObject, root.member("resourceType")?.string == target.typeName,
            root.member("id")?.string == target.id
        else {
            throw FHIRAPIError(
                .unprocessable, .businessRule, "A patch changes neither the type nor the id of a resource.")
        }
        return try CheckedResource(root, of: target.type, bench)
    }
}

extension FHIRAPIError {
    init(_ error: PatchError) {
        let code: Code
        let kind: Issue.Kind
        switch error.code {
        case .malformed: (code, kind) = (.invalid, .invalid)
        case .inapplicable: (code, kind) = (.unprocessable, .processing)
        case .testFailed: (code, kind) = (.conflict, .conflict)
        case .limit: (code, kind) = (.unprocessable, .tooCostly)
        }
        self.init(code, kind, "The patch was not applied: \(error)", cause: error)
    }
}
