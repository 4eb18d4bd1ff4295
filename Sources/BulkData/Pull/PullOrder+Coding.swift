extension PullOrder {
    func write(to state: StateWriter) {
        state.write(base)
        switch level {
        case .system: state.write(0)
        case .patients: state.write(1)
        case .group(let id):
            state.write(2)
            state.write(id)
        }
        switch source {
        case .export: state.write(0)
        case .search: state.write(1)
        case .manifest(let location):
            state.write(2)
            state.write(location)
        case .files(let files):
            state.write(3)
            state.write(list: files) { $0.write(to: state) }
        }
        state.write(list: types) { state.write($0) }
        state.write(list: typeFilters) { state.write($0) }
        state.write(optional: since) { state.write($0.text) }
        state.write(list: fileHeaders) { header in
            state.write(header.name)
            state.write(header.value)
        }
    }

    init(_ state: inout StateReader) throws(BulkDataError) {
        let base = try state.location()
        let level: Level =
            switch try state.number() {
            case 0: .system
            case 1: .patients
            case 2: .group(try state.text())
            default: throw StateReader.damaged()
            }
        let source: Source =
            switch try state.number() {
            case 0: .export
            case 1: .search
            case 2: .manifest(try state.location())
            case 3: .files(try state.list { (state) throws(BulkDataError) in try Manifest.File(&state) })
            default: throw StateReader.damaged()
            }
        try self.init(
            base: base, level: level, source: source,
            types: try state.list { (state) throws(BulkDataError) in try state.text() },
            typeFilters: try state.list { (state) throws(BulkDataError) in try state.text() },
            since: try state.optional { (state) throws(BulkDataError) in try state.moment() },
            fileHeaders: try state.list { (state) throws(BulkDataError) in
                PullHeader(name: try state.text(), value: try state.text())
            })
    }
}

extension Manifest.File {
    func write(to state: StateWriter) {
        state.write(content.rawValue)
        state.write(optional: type) { state.write($0) }
        state.write(location)
        state.write(optional: count) { state.write($0) }
        state.write(optional: bytes) { state.write($0) }
    }

    init(_ state: inout StateReader) throws(BulkDataError) {
        guard let content = Manifest.Content(rawValue: try state.byte()) else { throw StateReader.damaged() }
        self.init(
            content: content, type: try state.optional { (state) throws(BulkDataError) in try state.text() },
            location: try state.location(),
            count: try state.optional { (state) throws(BulkDataError) in try state.unsigned() },
            bytes: try state.optional { (state) throws(BulkDataError) in try state.unsigned() })
    }
}

extension PullFile {
    func write(to state: StateWriter) {
        state.write(number)
        facts.write(to: state)
        state.write(self.state.rawValue)
        state.write(received)
        state.write(optional: total) { state.write($0) }
        state.write(optional: entityTag) { state.write($0) }
        state.write(failures)
        state.write(optional: notBefore) { state.write($0) }
    }

    init(_ state: inout StateReader) throws(BulkDataError) {
        self.init(number: try state.number(), facts: try Manifest.File(&state))
        guard let kept = State(rawValue: try state.byte()) else { throw StateReader.damaged() }
        self.state = kept
        received = try state.unsigned()
        total = try state.optional { (state) throws(BulkDataError) in try state.unsigned() }
        entityTag = try state.optional { (state) throws(BulkDataError) in try state.text() }
        failures = try state.number()
        notBefore = try state.optional { (state) throws(BulkDataError) in try state.instant() }
    }
}
