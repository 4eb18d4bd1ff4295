package import Base
internal import HTTP

extension PullState {
    /// What is to be done now. The same until something is told.
    package func next(at now: Instant) -> PullAction {
        if isOver { return .ended }
        if let notBefore, notBefore > now { return .wait(until: notBefore) }
        switch phase {
        case .kickOff: return .kickOff(kickOffLocation)
        case .polling: return status.map { .poll($0) } ?? .kickOff(kickOffLocation)
        case .manifest: return nextPage.map { .manifest($0) } ?? .kickOff(kickOffLocation)
        case .capabilities: return .capabilities(order.base.below("metadata"))
        case .searching:
            guard searchAt < searches.count, let location = searches[searchAt].next else { return .deliver }
            return .page(location, file: files[searches[searchAt].file].number)
        case .downloading: return downloads(at: now)
        case .delivering: return .deliver
        case .releasing: return status.map { .release($0) } ?? .ended
        case .done, .failed, .cancelled: return .ended
        }
    }

    /// The files that are to be under way: the first ones that may be asked for.
    private func downloads(at now: Instant) -> PullAction {
        var chosen: [Int] = []
        var earliest: Instant?
        for file in files[openFrom...] where file.isOpen {
            if let notBefore = file.notBefore, notBefore > now {
                earliest = earliest.map { min($0, notBefore) } ?? notBefore
            } else {
                chosen.append(file.number)
                if chosen.count == limits.downloadsMax { break }
            }
        }
        if !chosen.isEmpty { return .download(chosen) }
        return earliest.map { .wait(until: $0) } ?? .deliver
    }

    /// - Source: Bulk Data Access, https://hl7.org/fhir/uv/bulkdata/export.html#query-parameters
    private var kickOffLocation: WebLocation {
        let path =
            switch order.level {
            case .system: "$export"
            case .patients: "Patient/$export"
            case .group(let id): "Group/\(id)/$export"
            }
        var query = QueryParameters()
        query.items.append(.init("_outputFormat", "application/fhir+ndjson"))
        if !order.types.isEmpty { query.items.append(.init("_type", order.types.joined(separator: ","))) }
        for filter in order.typeFilters { query.items.append(.init("_typeFilter", filter)) }
        if let since = order.since { query.items.append(.init("_since", since.text)) }
        return order.base.below(path, query: query.encoded)
    }

    /// The first page of what a type has, or of what changed of it.
    func searchLocation(_ type: String) -> [WebLocation] {
        var common = QueryParameters()
        common.items.append(.init("_count", String(limits.searchPageCount)))
        if let since = order.since { common.items.append(.init("_lastUpdated", "ge" + since.text)) }
        let filters = order.typeFilters.filter { $0.hasPrefix(type + "?") }
        if filters.isEmpty { return [order.base.below(type, query: common.encoded)] }
        return filters.map { filter in
            order.base.below(type, query: Self.escaped(filter.dropFirst(type.utf8.count + 1)) + "&" + common.encoded)
        }
    }

    /// A filter's query as it may stand in an address.
    private static func escaped(_ query: Substring) -> String {
        var bytes: [UInt8] = []
        for byte in query.utf8 {
            if (0x21...0x7E).contains(byte), !"#\\\"<>^`{}".utf8.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += Array("%".utf8)
                let digits = Array("0123456789ABCDEF".utf8)
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
