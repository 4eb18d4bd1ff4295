internal import FHIR
internal import JSONTape

/// The rules of whole resources: contained ones, narrative, entries of Bundles.
extension ResourceValidator {
    /// `dom-2` to `dom-6`.
    func checkContained(_ resource: JSONValue, _ type: TypeID) {
        guard definitions.isSubtype(type, of: names.domainResource) else { return }
        if tells(.warning), resource.member(numbered: names.text)?.member(numbered: names.div) == nil {
            report(
                .warning, .invariant, at: resource, rule: "dom-6",
                "A resource should have narrative for robust management (dom-6)")
        }
        guard let contained = resource.member(numbered: names.contained), contained.isArray else { return }
        var unused: [String: JSONValue] = [:]
        for one in contained.elements where one.isObject {
            if one.member(numbered: names.contained) != nil {
                report(
                    .error, .invariant, at: one, rule: "dom-2", "a contained resource must not contain others (dom-2)")
            }
            if let meta = one.member(numbered: names.meta) {
                if meta.member(numbered: names.versionID) != nil || meta.member(numbered: names.lastUpdated) != nil {
                    report(
                        .error, .invariant, at: meta, rule: "dom-4",
                        "a contained resource has no versionId and no lastUpdated (dom-4)")
                }
                if meta.member(numbered: names.security) != nil {
                    report(.error, .invariant, at: meta, rule: "dom-5", "a contained resource has no label (dom-5)")
                }
            }
            guard !pointsAtContainer(one) else { continue }
            guard let id = one.member(numbered: names.id), id.isString else {
                report(
                    .error, .invariant, at: one, rule: "dom-3",
                    "a contained resource must be referred to, so it needs an id (dom-3)")
                continue
            }
            unused[id.text] = one
        }
        guard !unused.isEmpty else { return }
        eachLocalLink(in: resource) { unused[$0] = nil }
        for one in unused.values.sorted(by: { $0.index < $1.index }) {
            report(
                .error, .invariant, at: one, rule: "dom-3",
                "a contained resource must be referred to from elsewhere in the resource (dom-3)")
        }
    }

    private func pointsAtContainer(_ resource: JSONValue) -> Bool {
        for index in resource.index..<resource.endIndex {
            let value = JSONValue(tape: resource.tape, index: index)
            if value.isString, value.utf8.count == 1, value.utf8[0] == UInt8(ascii: "#") { return true }
        }
        return false
    }

    /// Every `#id` that stands anywhere in a resource.
    private func eachLocalLink(in resource: JSONValue, _ body: (String) -> Void) {
        for index in resource.index..<resource.endIndex {
            let value = JSONValue(tape: resource.tape, index: index)
            guard value.isString, value.utf8.first == UInt8(ascii: "#"), value.utf8.count <= 65 else { continue }
            body(String(decoding: value.utf8.dropFirst(), as: UTF8.self))
        }
    }

    /// What the text of the specification says of full urls, beyond the invariants.
    /// - Source: FHIR R4, https://hl7.org/fhir/R4/bundle.html#bundle-unique
    func checkBundle(_ bundle: JSONValue) {
        guard let entries = bundle.member(numbered: names.entry), entries.isArray else { return }
        for entry in entries.elements {
            guard let url = entry.member(numbered: names.fullURL), url.isString,
                let resource = entry.member(numbered: names.resource), let type = resourceType(of: resource)
            else { continue }
            let parts = ResourceReference(url.utf8, definitions: definitions)
            switch parts.kind {
            case .relative, .contained, .conditional:
                report(.error, .value, at: url, "a full url must be absolute")
            case .absolute:
                guard let named = parts.type else { continue }
                let id = UnsafeRawBufferPointer(rebasing: url.utf8[parts.id])
                let isSame =
                    resource.member(numbered: names.id).map { $0.isString && bytesEqual($0.utf8, id) } ?? true
                if named != type || !isSame {
                    report(.error, .invalid, at: url, "the full url names another resource than its entry has")
                }
            default: continue
            }
        }
    }
}
