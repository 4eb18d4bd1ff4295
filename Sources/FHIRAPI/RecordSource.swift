internal import Access
internal import Base
internal import FHIR
internal import GraphQL
internal import HTTP
internal import RecordStore
internal import Search

/// The records of one tenant as they were when a GraphQL request came.
final class RecordSource: GraphQLSource {
    private let call: Call
    private let store: RecordStore
    private let definitions: Definitions
    private let point: LogPoint
    private let began: Instant

    init(_ call: Call, point: LogPoint) {
        self.call = call
        self.point = point
        store = call.api.store
        definitions = store.definitions
        began = call.api.clock.now()
    }

    func read(_ type: TypeID, id: String, into writer: ByteWriter) throws -> Bool {
        do {
            let found = try store.read(call.scope, type: definitions[type].name, id: id, at: point)
            guard let found, !found.isDeleted else { return false }
            found.writeJSON(to: writer)
            return true
        } catch let error as StoreError where error.code == .shredded {
            return false
        }
    }

    func target(of reference: UnsafeRawBufferPointer) -> (type: TypeID, id: String)? {
        let parts = ResourceReference(reference, definitions: definitions)
        guard let type = parts.type, parts.kind == .relative || parts.kind == .absolute else { return nil }
        if parts.kind == .absolute {
            let base = String(decoding: reference[parts.base], as: UTF8.self)
            guard base == call.base else { return nil }
        }
        return (type, String(decoding: reference[parts.id], as: UTF8.self))
    }

    func search(_ search: GraphQLSearch) throws -> GraphQLPage {
        do {
            guard let text = search.cursor else {
                let cursor = GraphQLCursor(
                    point: point, parameters: search.parameters.map { QueryParameters.Item($0.name, $0.value) },
                    began: began, size: search.count)
                return try page(search, cursor)
            }
            guard let cursor = GraphQLCursor(text, place: place(search.type), key: call.api.pageKey) else {
                throw GraphQLError(
                    code: .badArgument,
                    detail: "The cursor is not one that this server gave for this search and tenant: search anew.")
            }
            return try page(search, cursor)
        } catch let error as SearchError where error.code != .badDefinitions {
            let holder = error.parameter.isEmpty || error.detail.contains(error.parameter) ? "" : error.parameter + ": "
            throw GraphQLError(
                code: error.code == .tooMany ? .limit : .badArgument, detail: holder + error.detail, cause: error)
        } catch let error as StoreError where error.code == .limit || error.code == .invalid {
            throw GraphQLError(
                code: error.code == .limit ? .limit : .badArgument, detail: error.detail + ".", cause: error)
        }
    }

    /// The tenant and type for which cursors hold.
    private func place(_ type: TypeID) -> String {
        "\(call.scope.tenant) graphql \(definitions[type].name)"
    }

    private func page(_ search: GraphQLSearch, _ cursor: GraphQLCursor) throws -> GraphQLPage {
        let query = try SearchQuery.parse(
            type: search.type, parameters: cursor.parameters.map { ($0.name, $0.value) },
            plans: store.plans(call.scope), now: cursor.began, baseURL: call.base + "/")
        let window = SearchWindow(
            count: cursor.size, needsTotal: search.needsTotal && cursor.total == nil, cursor: cursor.start,
            point: cursor.start.point)
        let found = try store.search(call.scope, query, window)
        let matches = found.matches
        var page = GraphQLPage(count: matches.count) { place, writer in matches[place].writeJSON(to: writer) }
        page.total = cursor.total ?? found.total
        page.offset = cursor.start.offset
        page.size = cursor.size
        page.hasMore = found.next != nil
        if search.needsCursors { try addCursors(to: &page, search, cursor, found, query) }
        return page
    }

    private func addCursors(
        to page: inout GraphQLPage, _ search: GraphQLSearch, _ cursor: GraphQLCursor, _ found: SearchPage,
        _ query: SearchQuery
    ) throws {
        guard cursor.size > 0 else { return }
        let place = place(search.type)
        let key = call.api.pageKey
        var known = cursor
        known.total = page.total
        page.first = known.first.sealed(place: place, key: key)
        page.previous = known.previous?.sealed(place: place, key: key)
        var next: GraphQLCursor?
        if found.next != nil {
            next = known.next(after: found.matches.last?.sequence ?? .max)
            page.next = next?.sealed(place: place, key: key)
        }
        guard search.needsLast, let total = page.total else { return }
        var last = next ?? known
        let lastOffset = max(0, (total - 1) / cursor.size * cursor.size)
        if !query.options.sort.isEmpty {
            last = known.sorted(at: lastOffset)
        } else {
            // Only the page before tells where the next one begins, so the matches between are passed over.
            while last.start.offset < lastOffset {
                let pages = max(1, min(1_000 / cursor.size, (lastOffset - last.start.offset) / cursor.size))
                let window = SearchWindow(count: pages * cursor.size, cursor: last.start, point: last.start.point)
                let passed = try store.search(call.scope, query, window).matches
                guard passed.count == window.count else { return }
                for end in stride(from: cursor.size, through: passed.count, by: cursor.size) {
                    last = last.next(after: passed[end - 1].sequence)
                }
                guard last.start.offset - cursor.start.offset <= Self.passedMax else { return }
            }
        }
        page.last = last.sealed(place: place, key: key)
    }

    /// Matches that are passed over to find the last page; beyond, there is no cursor of it.
    private static let passedMax = 10_000
}
