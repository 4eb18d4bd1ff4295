package import Base
package import FHIR
internal import JSONTape

extension PathItem {
    /// Writes the item as FHIR's JSON, without white space: elements as they stand in the resource, numbers with their
    /// digits, dates and times to their precision, quantities as a Quantity, types as `namespace` and `name`. A primitive
    /// that has only an id or extensions is the object of these.
    package func write(to writer: ByteWriter, definitions: Definitions) {
        switch self {
        case .node(let node): (node.value ?? node.anchor).write(to: writer)
        case .boolean(let truth): writer.write(truth ? "true" : "false")
        case .integer(let value): writer.writeDecimal(Int(value))
        case .decimal(let value): writer.write(value.text)
        case .string(let text): writeJSONString(text, to: writer)
        case .date(let value), .dateTime(let value): writeJSONString(value.text, to: writer)
        case .time(let value): writeJSONString(value.text, to: writer)
        case .quantity(let quantity): Self.write(quantity.pointee, to: writer)
        case .systemTypeInfo(let type): Self.writeType("System", "\(type.name)", to: writer)
        case .typeInfo(let type): Self.writeType("FHIR", definitions[type].name, to: writer)
        }
    }

    private static func write(_ quantity: QuantityValue, to writer: ByteWriter) {
        writer.write("{\"value\":")
        writer.write(quantity.value.text)
        writer.write(",\"unit\":")
        writeJSONString(quantity.unit, to: writer)
        writer.write(",\"system\":")
        writer.write(
            quantity.isCalendar
                ? "\"http://hl7.org/fhirpath/CodeSystem/calendar-units\"" : "\"http://unitsofmeasure.org\"")
        writer.write(",\"code\":")
        writeJSONString(quantity.unit, to: writer)
        writer.write("}")
    }

    private static func writeType(_ namespace: String, _ name: String, to writer: ByteWriter) {
        writer.write("{\"namespace\":")
        writeJSONString(namespace, to: writer)
        writer.write(",\"name\":")
        writeJSONString(name, to: writer)
        writer.write("}")
    }

    /// The item's type as the language names it: `FHIR.Patient`, `System.String`.
    package func typeName(_ definitions: Definitions) -> String {
        switch self {
        case .node(let node): "FHIR.\(definitions[node.type].name)"
        case .systemTypeInfo, .typeInfo: "System.TypeInfo"
        default: systemType.map { "System.\($0.name)" } ?? "System.Any"
        }
    }
}
