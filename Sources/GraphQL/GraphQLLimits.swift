/// What a GraphQL request may be and cost. What goes beyond is refused with `GraphQLError.Code.limit`.
package struct GraphQLLimits: Sendable {
    /// Bytes of the document.
    package var documentBytesMax = 256 << 10
    /// Names, numbers, strings and signs of the document.
    package var tokensMax = 20_000
    /// Operations of the document, of which one is executed.
    package var operationsMax = 100
    /// How deep selections, and how deep lists and objects of values, may nest.
    package var depthMax = 32
    /// Bytes of the variables.
    package var variablesBytesMax = 1 << 20
    /// Values of one list.
    package var listValuesMax = 1_000
    /// Fields once all fragments are put in their places.
    package var fieldsPlannedMax = 5_000
    /// Errors that are told of one document.
    package var errorsMax = 50
    /// Errors of fields that are told of one answer; one more ends the execution.
    package var fieldErrorsMax = 200
    /// Searches that one request makes, those of every resource in a list counted.
    package var searchesMax = 2_000
    /// Resources that one request opens, by search, by id and by reference.
    package var resourcesMax = 20_000
    /// Resources of a list that is asked for without `_count`; a search with more matches is refused.
    package var listResourcesMax = 1_000
    /// Resources on a page of a connection at most.
    package var pageResourcesMax = 1_000
    /// Resources on a page of a connection where the request says nothing.
    package var pageResources = 20
    /// Fields written, those of every resource and element counted.
    package var fieldsMax = 2_000_000
    /// Bytes of the answer.
    package var answerBytesMax = 64 << 20
    /// How long the execution may take, in seconds.
    package var seconds = 10.0

    /// The limits of the platform.
    package init() {}
}
