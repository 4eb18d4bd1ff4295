/// The concepts that a part of a value set lists, in order, with the displays that it gives them.
struct ListedConcepts: Sendable {
    struct Record: Sendable {
        var code: TextSlice
        var display = TextSlice()
        var designationStart: UInt32 = 0
        /// Of an expansion.
        var isAbstract = false
        /// Of an expansion.
        var isInactive = false
    }

    private let records: [Record]
    private let designationList: [DesignationRecord]
    let texts: TextStore

    init(records: [Record], designations: [DesignationRecord], texts: TextStore) {
        self.records = records
        designationList = designations
        self.texts = texts
    }

    var count: Int { records.count }

    var codes: [TextSlice] { records.map(\.code) }

    /// How much memory it takes, in bytes, the texts left out, which parts share.
    var byteCount: Int {
        records.count * MemoryLayout<Record>.stride
            + designationList.count * MemoryLayout<DesignationRecord>.stride
    }

    subscript(number: Int) -> Record { records[number] }

    func code(_ number: Int) -> String { texts.text(records[number].code) }

    func display(_ number: Int) -> String? { texts.textIfAny(records[number].display) }

    func designations(_ number: Int) -> [Designation] {
        let end = number + 1 < records.count ? Int(records[number + 1].designationStart) : designationList.count
        return designationList[Int(records[number].designationStart)..<end].map { Designation($0, texts: texts) }
    }
}
