internal import Base

extension PullState {
    private static let format: UInt8 = 1

    /// The whole state, to be sealed and kept.
    package func encoded() -> [UInt8] {
        let state = StateWriter()
        state.bytes.write(Self.format)
        order.write(to: state)
        state.bytes.write(phase.rawValue)
        state.write(exports)
        state.write(optional: status) { state.write($0) }
        state.write(polls)
        state.write(optional: progress) { state.write($0.text) }
        state.write(optional: transactionTime) { state.write($0.text) }
        state.write(requiresAccessToken)
        state.write(optional: nextPage) { state.write($0) }
        state.write(pages)
        state.write(list: pagesSeen.sorted { $0.text < $1.text }) { state.write($0) }
        state.write(list: files) { $0.write(to: state) }
        state.write(list: superseded) { $0.write(to: state) }
        state.write(filesMade)
        state.write(list: searches) { search in
            state.write(search.file)
            state.write(optional: search.next) { state.write($0) }
            state.write(search.pages)
            state.write(search.resources)
        }
        state.write(searchAt)
        state.write(failures)
        state.write(optional: notBefore) { state.write($0) }
        state.write(isRenewed)
        for count in [
            counts.created, counts.updated, counts.unchanged, counts.deleted, counts.rejected, counts.serverErrors,
        ] {
            state.write(count)
        }
        state.write(optional: problem) { fault in
            state.bytes.write(fault.kind.rawValue)
            state.write(fault.detail)
        }
        defer { state.bytes.wipe() }
        return state.bytes.copy()
    }

    /// Reads what `encoded` wrote.
    /// - Throws: `BulkDataError.damaged`.
    package init(encoded bytes: UnsafeRawBufferPointer, limits: PullLimits = PullLimits()) throws(BulkDataError) {
        var state = StateReader(bytes)
        guard try state.byte() == Self.format else { throw StateReader.damaged() }
        self.init(try PullOrder(&state), limits: limits)
        removeFiles()
        guard let phase = Phase(rawValue: try state.byte()) else { throw StateReader.damaged() }
        self.phase = phase
        exports = try state.number()
        status = try state.optional { (state) throws(BulkDataError) in try state.location() }
        polls = try state.number()
        progress = ExportProgress(try state.optional { (state) throws(BulkDataError) in try state.text() })
        transactionTime = try state.optional { (state) throws(BulkDataError) in try state.moment() }
        requiresAccessToken = try state.flag()
        nextPage = try state.optional { (state) throws(BulkDataError) in try state.location() }
        pages = try state.number()
        pagesSeen = Set(try state.list { (state) throws(BulkDataError) in try state.location() })
        for file in try state.list({ (state) throws(BulkDataError) in try PullFile(&state) }) { append(file) }
        superseded = try state.list { (state) throws(BulkDataError) in try PullFile(&state) }
        filesMade = try state.number()
        searches = try state.list { (state) throws(BulkDataError) in
            Search(
                file: try state.number(),
                next: try state.optional { (state) throws(BulkDataError) in try state.location() },
                pages: try state.number(), resources: try state.number())
        }
        searchAt = try state.number()
        failures = try state.number()
        notBefore = try state.optional { (state) throws(BulkDataError) in try state.instant() }
        isRenewed = try state.flag()
        for count in [
            \PullCounts.created, \.updated, \.unchanged, \.deleted, \.rejected, \.serverErrors,
        ] {
            counts[keyPath: count] = try state.number()
        }
        problem = try state.optional { (state) throws(BulkDataError) in
            guard let kind = PullFault.Kind(rawValue: try state.byte()) else { throw StateReader.damaged() }
            return PullFault(kind, try state.text())
        }
        let isSound = searches.allSatisfy { files.indices.contains($0.file) } && places.count == files.count
        guard state.isAtEnd, isSound else { throw StateReader.damaged() }
    }
}
