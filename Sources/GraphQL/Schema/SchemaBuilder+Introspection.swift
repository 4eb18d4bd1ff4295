/// The types by which a schema tells of itself, and the directives.
extension SchemaBuilder {
    private static let names = [
        "__Schema", "__Type", "__Field", "__InputValue", "__EnumValue", "__Directive",
    ]

    mutating func declareIntrospection() {
        for name in Self.names { declare(name, .object) }
        let kinds = declare("__TypeKind", .enumeration)
        types[Int(kinds.raw)].values = [
            "SCALAR", "OBJECT", "INTERFACE", "UNION", "ENUM", "INPUT_OBJECT", "LIST", "NON_NULL",
        ]
        let places = declare("__DirectiveLocation", .enumeration)
        types[Int(places.raw)].values = [
            "QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION", "FRAGMENT_SPREAD", "INLINE_FRAGMENT",
            "VARIABLE_DEFINITION", "SCHEMA", "SCALAR", "OBJECT", "FIELD_DEFINITION", "ARGUMENT_DEFINITION",
            "INTERFACE", "UNION", "ENUM", "ENUM_VALUE", "INPUT_OBJECT", "INPUT_FIELD_DEFINITION",
        ]
    }

    /// What follows a type's name here: `!` for required, `*` for a list of required ones.
    private mutating func typed(_ text: String) -> SchemaTypeReference {
        let name = String(text.prefix { $0 != "!" && $0 != "*" })
        let marks = text.dropFirst(name.count)
        let kind: SchemaType.Kind = ["String", "Boolean"].contains(name) ? .scalar : .object
        let isList = marks.contains("*")
        return SchemaTypeReference(
            type: declare(name, kind), isList: isList, hasRequiredItems: isList, isRequired: marks.contains("!"))
    }

    private mutating func add(_ type: String, _ fields: [(IntrospectionPart, String)]) {
        let place = Int(declare(type, .object).raw)
        for (part, text) in fields {
            types[place].add(SchemaField(name: part.rawValue, type: typed(text), role: .introspection(part)))
        }
    }

    mutating func addIntrospection() {
        add(
            "__Schema",
            [
                (.description, "String"), (.types, "__Type*!"), (.queryType, "__Type!"), (.mutationType, "__Type"),
                (.subscriptionType, "__Type"), (.directives, "__Directive*!"),
            ])
        add(
            "__Type",
            [
                (.kind, "__TypeKind!"), (.name, "String"), (.description, "String"), (.specifiedByURL, "String"),
                (.fields, "__Field*"), (.interfaces, "__Type*"), (.possibleTypes, "__Type*"),
                (.enumValues, "__EnumValue*"), (.inputFields, "__InputValue*"), (.ofType, "__Type"),
            ])
        add(
            "__Field",
            [
                (.name, "String!"), (.description, "String"), (.args, "__InputValue*!"), (.type, "__Type!"),
                (.isDeprecated, "Boolean!"), (.deprecationReason, "String"),
            ])
        add(
            "__InputValue",
            [
                (.name, "String!"), (.description, "String"), (.type, "__Type!"), (.defaultValue, "String"),
                (.isDeprecated, "Boolean!"), (.deprecationReason, "String"),
            ])
        add(
            "__EnumValue",
            [
                (.name, "String!"), (.description, "String"), (.isDeprecated, "Boolean!"),
                (.deprecationReason, "String"),
            ])
        add(
            "__Directive",
            [
                (.name, "String!"), (.description, "String"), (.locations, "__DirectiveLocation*!"),
                (.args, "__InputValue*!"), (.isRepeatable, "Boolean!"),
            ])
        let deprecated = SchemaArgument(name: "includeDeprecated", type: typed("Boolean"), defaultValue: "false")
        for (type, fields) in [
            ("__Type", ["fields", "enumValues", "inputFields"]), ("__Field", ["args"]), ("__Directive", ["args"]),
        ] {
            let place = Int(declare(type, .object).raw)
            for name in fields {
                if let field = types[place].places[name] { types[place].fields[field].arguments = [deprecated] }
            }
        }
        metaFields = [
            "__typename": SchemaField(name: "__typename", type: typed("String!"), role: .typename),
            "__schema": SchemaField(name: "__schema", type: typed("__Schema!"), role: .introspection(.schema)),
            "__type": SchemaField(
                name: "__type", type: typed("__Type"),
                arguments: [SchemaArgument(name: "name", type: typed("String!"))], role: .introspection(.namedType)),
        ]
    }

    mutating func addDirectives() {
        let condition = SchemaArgument(name: "if", type: typed("Boolean!"))
        let selections: [SchemaDirective.Location] = [.field, .fragmentSpread, .inlineFragment]
        directives = [
            SchemaDirective(
                name: "include", description: "Takes the selection only if the condition is true.",
                locations: selections, arguments: [condition]),
            SchemaDirective(
                name: "skip", description: "Leaves the selection out if the condition is true.",
                locations: selections, arguments: [condition]),
            SchemaDirective(
                name: "flatten", description: "Puts what is selected inside of the field in the field's own place.",
                locations: [.field]),
            SchemaDirective(
                name: "first", description: "Takes the first value of the field only.", locations: [.field]),
            SchemaDirective(
                name: "singleton", description: "Gives one value instead of a list; more than one is an error.",
                locations: [.field]),
            SchemaDirective(
                name: "slice",
                description: "Adds a dot and what the FHIRPath gives to the names of the answer, for each value.",
                locations: [.field],
                arguments: [
                    SchemaArgument(name: "fhirpath", type: typed("String"), description: "FHIRPath on each value."),
                    SchemaArgument(name: "path", type: typed("String"), description: "The same as fhirpath."),
                ]),
            SchemaDirective(
                name: "deprecated", description: "Marks what is not to be used any more.",
                locations: [.fieldDefinition, .enumValue],
                arguments: [
                    SchemaArgument(
                        name: "reason", type: typed("String"), defaultValue: "\"No longer supported\"")
                ]),
            SchemaDirective(
                name: "specifiedBy", description: "Says where a scalar is specified.", locations: [.scalar],
                arguments: [SchemaArgument(name: "url", type: typed("String!"))]),
        ]
    }
}
