/// All types' elements in flat memory, found by type and name number in a few instructions.
///
/// Each type has a hash table of its own with at most half of the slots taken; a slot holds the name number and the
/// place of the shape.
final class ElementShapes: @unchecked Sendable {
    // Safe to share: the memory is never changed after `init`.
    struct TypeRow {
        var slotStart: UInt32 = 0
        var slotMask: UInt16 = 0
        var shapeStart: UInt32 = 0
        var shapeCount: UInt16 = 0
        /// The groups of which there must be one, and those that are choices.
        var required: UInt64 = 0
        var choices: UInt64 = 0
    }

    struct Slot {
        var number: UInt16 = 0
        var isExtension = false
        var shape: UInt32 = 0
    }

    private let rows: UnsafeMutableBufferPointer<TypeRow>
    private let slots: UnsafeMutableBufferPointer<Slot>
    private let shapes: UnsafeMutableBufferPointer<ElementShape>

    /// - Parameters:
    ///   - byType: the shapes of each type, in order of `TypeID`.
    ///   - required: of each type the groups of which there must be one.
    init(byType: [[ElementShape]], required: [UInt64]) {
        var rows: [TypeRow] = []
        var slots: [Slot] = []
        var shapes: [ElementShape] = []
        for (type, elements) in byType.enumerated() {
            var size = 2
            while size < elements.count * 4 { size *= 2 }
            var row = TypeRow(
                slotStart: UInt32(slots.count), slotMask: UInt16(size - 1), shapeStart: UInt32(shapes.count),
                shapeCount: UInt16(elements.count), required: required[type])
            var own = [Slot](repeating: Slot(), count: size)
            for element in elements {
                let place = UInt32(shapes.count)
                Self.put(Slot(number: element.nameNumber, isExtension: false, shape: place), into: &own)
                if element.primitiveExtensionNumber != 0 {
                    Self.put(
                        Slot(number: element.primitiveExtensionNumber, isExtension: true, shape: place), into: &own)
                }
                if element.isChoice { row.choices |= 1 << UInt64(element.group) }
                shapes.append(element)
            }
            rows.append(row)
            slots += own
        }
        self.rows = .allocate(capacity: rows.count)
        self.slots = .allocate(capacity: slots.count)
        self.shapes = .allocate(capacity: shapes.count)
        _ = self.rows.initialize(fromContentsOf: rows)
        _ = self.slots.initialize(fromContentsOf: slots)
        _ = self.shapes.initialize(fromContentsOf: shapes)
    }

    deinit {
        rows.deallocate()
        slots.deallocate()
        shapes.deallocate()
    }

    private static func put(_ slot: Slot, into table: inout [Slot]) {
        var place = Int(slot.number) & (table.count - 1)
        while table[place].number != 0 { place = (place + 1) & (table.count - 1) }
        table[place] = slot
    }

    @inline(__always)
    func row(_ type: TypeID) -> TypeRow { rows[Int(type.raw)] }

    /// The element of `type` whose name, or the `_name` of which, has this number.
    @inline(__always)
    func find(_ number: UInt16, in type: TypeID) -> ElementShape? {
        find(number, row: rows[Int(type.raw)])
    }

    @inline(__always)
    func find(_ number: UInt16, row: TypeRow) -> ElementShape? {
        guard number != 0 else { return nil }
        var place = number & row.slotMask
        while true {
            let slot = slots[Int(row.slotStart) + Int(place)]
            if slot.number == number {
                var shape = shapes[Int(slot.shape)]
                shape.isExtension = slot.isExtension
                return shape
            }
            if slot.number == 0 { return nil }
            place = (place &+ 1) & row.slotMask
        }
    }
}
