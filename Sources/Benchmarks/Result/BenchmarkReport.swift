internal import Base

/// What a run measured, and where.
package struct BenchmarkReport: Sendable {
    package var machine: MachineFacts
    package var measurements: [Measurement]

    package init(machine: MachineFacts, measurements: [Measurement]) {
        self.machine = machine
        self.measurements = measurements
    }

    /// Whether every target was reached.
    package var isGood: Bool {
        measurements.allSatisfy { measurement in measurement.target?.isMet(by: measurement.value) ?? true }
    }

    /// The machine, and a table of figures.
    package var text: String {
        let machine = machine.facts.map { $0.name + ": " + $0.value }.joined(separator: "\n")
        return machine + "\n\n" + MeasurementTable.text(measurements)
    }

    /// One JSON object, with a line break at its end.
    package var json: String {
        let writer = ByteWriter()
        writer.write("{\"machine\":{")
        list(machine.facts, to: writer) { fact in
            member(fact.name, to: writer)
            writeJSONString(fact.value, to: writer)
        }
        writer.write("},\"measurements\":[")
        list(measurements, to: writer) { write($0, to: writer) }
        writer.write("]}\n")
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func write(_ measurement: Measurement, to writer: ByteWriter) {
        writer.write("{\"work\":")
        writeJSONString(measurement.work, to: writer)
        writer.write(",\"unit\":")
        writeJSONString(measurement.unit, to: writer)
        writer.write(",\"value\":")
        number(measurement.value, to: writer)
        switch measurement.target {
        case .atLeast(let bound):
            writer.write(",\"targetMin\":")
            number(bound, to: writer)
        case .atMost(let bound):
            writer.write(",\"targetMax\":")
            number(bound, to: writer)
        case nil: break
        }
        if let target = measurement.target {
            writer.write(target.isMet(by: measurement.value) ? ",\"isMet\":true" : ",\"isMet\":false")
        }
        writer.write(",\"floors\":[")
        list(measurement.floors, to: writer) { floor in
            writer.write("{\"name\":")
            writeJSONString(floor.name, to: writer)
            writer.write(",\"value\":")
            number(floor.value, to: writer)
            writer.write(",\"ratio\":")
            number(measurement.ratio(to: floor) ?? .nan, to: writer)
            writer.write("}")
        }
        writer.write("],\"details\":{")
        list(measurement.details, to: writer) { detail in
            member(detail.name, to: writer)
            number(detail.value, to: writer)
        }
        writer.write("}}")
    }

    private func list<Items: Sequence>(_ items: Items, to writer: ByteWriter, _ write: (Items.Element) -> Void) {
        for (place, item) in items.enumerated() {
            if place > 0 { writer.write(",") }
            write(item)
        }
    }

    private func member(_ name: String, to writer: ByteWriter) {
        writeJSONString(name, to: writer)
        writer.write(":")
    }

    private func number(_ value: Double, to writer: ByteWriter) {
        writer.write(value.isFinite ? "\(value)" : "null")
    }
}
