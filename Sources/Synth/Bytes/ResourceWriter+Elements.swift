internal import Base

extension ResourceWriter {
    /// `"name":` with its leading comma.
    func name(_ name: StaticString) {
        out.write(#",""#)
        out.write(name)
        out.write(#"":"#)
    }

    /// A string or code field.
    func field(_ name: StaticString, _ text: StaticString) {
        self.name(name)
        writeJSONString(text, to: out)
    }

    /// A string field.
    func field(_ name: StaticString, _ text: String) {
        self.name(name)
        writeJSONString(text, to: out)
    }

    /// A CodeableConcept field.
    func field(_ name: StaticString, _ concept: Concept) {
        self.name(name)
        concept.write(into: out)
    }

    /// A CodeableConcept field that repeats, with one value.
    func list(_ name: StaticString, _ concept: Concept) {
        self.name(name)
        out.write(0x5B)
        concept.write(into: out)
        out.write(0x5D)
    }

    /// A Reference field to a resource of the same record.
    func field(_ name: StaticString, _ kind: ResourceKind, _ id: ResourceID) {
        self.name(name)
        reference(kind, id)
    }

    /// A date field; `day` is counted from 1970-01-01.
    func field(_ name: StaticString, day: Int) {
        self.name(name)
        out.write(0x22)
        out.writeDay(day)
        out.write(0x22)
    }

    /// A dateTime field.
    func field(_ name: StaticString, _ time: WallTime, zone: Zone) {
        self.name(name)
        out.write(0x22)
        time.write(into: out, zone: zone)
        out.write(0x22)
    }

    /// A Period field; open at its end where `end` is nil.
    func period(_ name: StaticString, from start: WallTime, to end: WallTime?, zone: Zone) {
        self.name(name)
        out.write(#"{"start":""#)
        start.write(into: out, zone: zone)
        if let end {
            out.write(#"","end":""#)
            end.write(into: out, zone: zone)
        }
        out.write(#""}"#)
    }

    /// A Quantity with a UCUM unit.
    func quantity(_ value: Int, digits: Int, unit: StaticString, code: StaticString) {
        out.write(#"{"value":"#)
        out.writeScaled(value, digits: digits)
        out.write(#","unit":"#)
        writeJSONString(unit, to: out)
        out.write(#","system":"http://unitsofmeasure.org","code":"#)
        writeJSONString(code, to: out)
        out.write(0x7D)
    }
}
