internal import Access
internal import JSONTape
internal import RecordStore

/// Finds whose data an export holds, at its point of the log.
struct ExportPatients {
    let store: RecordStore
    let scope: AccessScope
    let point: LogPoint

    /// - Throws: `FHIRAPIError.notFound`, `.gone` if there is no such Group, `.invalid` if a patient who is asked for is
    ///   not in it or not there.
    func walk(_ request: ExportRequest) throws -> LogWalk.Patients {
        switch request.level {
        case .system: return .unlimited
        case .patients:
            guard let patients = request.patients else { return .anyPatient }
            for id in patients {
                guard let found = try store.read(scope, type: "Patient", id: id, at: point), !found.isDeleted else {
                    throw ExportRequest.error("patient", "names Patient/\(id), who is not there")
                }
            }
            return .named(patients)
        case .group(let id):
            let members = try members(of: id)
            guard let patients = request.patients else { return .named(members.sorted()) }
            if let stranger = patients.first(where: { !members.contains($0) }) {
                throw ExportRequest.error("patient", "names Patient/\(stranger), who is no member of Group/\(id)")
            }
            return .named(patients)
        }
    }

    /// The ids of the patients who are active members of a Group.
    private func members(of id: String) throws -> Set<String> {
        guard let found = try store.read(scope, type: "Group", id: id, at: point) else {
            throw FHIRAPIError(.notFound, .notFound, "There is no Group/\(id.shortened).")
        }
        guard !found.isDeleted else { throw FHIRAPIError(.gone, .deleted, "Group/\(id) was deleted.") }
        let document = try JSONDocument(found.json, depthMax: 256)
        return document.withRoot { root in
            var ids: Set<String> = []
            for member in root.member("member")?.elementsOrSelf.map({ $0 }) ?? [] where member.isObject {
                if member.member("inactive")?.bool == true { continue }
                guard let text = member.member("entity")?.member("reference")?.string else { continue }
                let parts = text.split(separator: "/")
                guard parts.count >= 2, parts[0] == "Patient" else { continue }
                ids.insert(String(parts[1]))
            }
            return ids
        }
    }
}
