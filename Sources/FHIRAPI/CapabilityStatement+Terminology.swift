extension CapabilityStatement {
    /// The operations on codes that a type has, as a member of its entry; nothing for other types.
    static func terminologyOperations(of type: String) -> String {
        let names: [String] =
            switch type {
            case "ValueSet": ["expand", "validate-code"]
            case "CodeSystem": ["lookup", "subsumes", "validate-code"]
            default: []
            }
        guard !names.isEmpty else { return "" }
        let entries = names.map { name in
            "{\"name\":\"\(name)\",\"definition\":\"http://hl7.org/fhir/OperationDefinition/\(type)-\(name)\"}"
        }
        return ",\"operation\":[" + entries.joined(separator: ",") + "]"
    }
}
