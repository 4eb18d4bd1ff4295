/// The shapes of bodies that an OpenAPI document refers to.
enum OpenAPISchemas {
    static var all: JSONTree { .members(resources + requests + OpenAPIParameters.kindSchemas) }

    private static let resources: [(String, JSONTree)] = [
        (
            "Resource",
            [
                "type": "object", "required": ["resourceType"], "description": "A resource of FHIR R4 in JSON.",
                "externalDocs": ["url": "https://hl7.org/fhir/R4/resourcelist.html"],
                "properties": ["resourceType": ["type": "string"], "id": ["type": "string"]],
            ]
        ),
        (
            "Bundle",
            [
                "type": "object", "required": ["resourceType", "type"],
                "properties": [
                    "resourceType": ["type": "string", "enum": ["Bundle"]],
                    "type": [
                        "type": "string",
                        "enum": [
                            "searchset", "history", "transaction", "batch", "transaction-response", "batch-response",
                        ],
                    ],
                    "total": ["type": "integer", "minimum": 0],
                    "link": [
                        "type": "array",
                        "items": [
                            "type": "object", "required": ["relation", "url"],
                            "properties": ["relation": ["type": "string"], "url": ["type": "string"]],
                        ],
                    ],
                    "entry": ["type": "array", "items": ["type": "object"]],
                ],
            ]
        ),
        (
            "OperationOutcome",
            [
                "type": "object", "required": ["resourceType", "issue"],
                "properties": [
                    "resourceType": ["type": "string", "enum": ["OperationOutcome"]],
                    "issue": [
                        "type": "array", "minItems": 1,
                        "items": [
                            "type": "object", "required": ["severity", "code", "diagnostics"],
                            "properties": [
                                "severity": ["type": "string", "enum": ["fatal", "error", "warning", "information"]],
                                "code": ["type": "string"], "diagnostics": ["type": "string"],
                                "expression": ["type": "array", "items": ["type": "string"]],
                            ],
                        ],
                    ],
                ],
            ]
        ),
    ]

    private static let requests: [(String, JSONTree)] = [
        (
            "Parameters",
            [
                "type": "object", "required": ["resourceType"],
                "properties": [
                    "resourceType": ["type": "string", "enum": ["Parameters"]],
                    "parameter": [
                        "type": "array", "minItems": 1,
                        "items": [
                            "type": "object", "required": ["name"], "properties": ["name": ["type": "string"]],
                        ],
                    ],
                ],
            ]
        ),
        (
            "JSONPatch",
            [
                "type": "array",
                "items": [
                    "type": "object", "required": ["op", "path"],
                    "properties": [
                        "op": ["type": "string", "enum": ["add", "remove", "replace", "move", "copy", "test"]],
                        "path": ["type": "string"], "from": ["type": "string"],
                    ],
                ],
            ]
        ),
        (
            "GraphQLRequest",
            [
                "type": "object", "required": ["query"],
                "properties": [
                    "query": ["type": "string"], "operationName": ["type": "string"],
                    "variables": ["type": "object"],
                ],
            ]
        ),
        (
            "GraphQLAnswer",
            [
                "type": "object",
                "properties": [
                    "data": ["type": "object", "nullable": true],
                    "errors": [
                        "type": "array", "minItems": 1,
                        "items": [
                            "type": "object", "required": ["message"], "properties": ["message": ["type": "string"]],
                        ],
                    ],
                ],
            ]
        ),
    ]

    private static let outcome: JSONTree = [
        "application/fhir+json": ["schema": ["$ref": "#/components/schemas/OperationOutcome"]]
    ]

    /// What refused requests are answered.
    static let responses: JSONTree = [
        "Unauthorized": [
            "description": "There is no credential, or none that is valid.",
            "headers": ["WWW-Authenticate": ["schema": ["type": "string"]]], "content": outcome,
        ],
        "Forbidden": [
            "description": "The role, the token's scopes or a due second factor do not allow it.", "content": outcome,
        ],
        "TooManyRequests": [
            "description": "This credential, or address, asks for too much at once.",
            "headers": ["Retry-After": ["description": "Seconds.", "schema": ["type": "integer", "minimum": 0]]],
            "content": outcome,
        ],
        "Refusal": [
            "description": "The request is refused, with the reason.",
            "content": ["application/fhir+json": ["schema": ["$ref": "#/components/schemas/OperationOutcome"]]],
        ],
        "GraphQLRefusal": [
            "description": "The request is refused, with the reason.",
            "content": [
                "application/json": ["schema": ["$ref": "#/components/schemas/GraphQLAnswer"]],
                "application/fhir+json": ["schema": ["$ref": "#/components/schemas/OperationOutcome"]],
            ],
        ],
    ]
}
