/// A piece of a GraphQL document.
/// - Source: GraphQL October 2021, section 2.1.6, Lexical Tokens.
struct GraphQLToken {
    enum Kind: Equatable {
        /// `! $ & ( ) : = @ [ ] { | }`
        case sign(UInt8)
        /// `...`
        case spread
        case name
        case int
        case float
        case string
        case end
    }

    var kind: Kind
    /// Where it starts, in bytes.
    var offset: Int
    /// A name's or number's text, a string's value.
    var text: String

    /// How an error names it.
    var description: String {
        switch kind {
        case .sign(let sign): "\"" + String(Unicode.Scalar(sign)) + "\""
        case .spread: "\"...\""
        case .name: "the name \"\(text.shortened)\""
        case .int, .float: "the number \(text.shortened)"
        case .string: "a string"
        case .end: "the end of the document"
        }
    }
}
