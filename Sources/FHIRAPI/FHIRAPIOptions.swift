package import Validation

/// How the FHIR interface is served, and what it takes from its clients at most.
package struct FHIRAPIOptions: Sendable {
    /// Scheme, host and port under which clients reach the server, such as `https://fhir.example.org`, without a slash
    /// at the end; `nil` takes `http://` and what the request's `Host` says.
    package var publicOrigin: String?
    /// The cookie by which people who have signed in are known, for the description of this interface.
    package var sessionCookieName = "__Host-martlet"
    /// The program's version, as the CapabilityStatement tells it.
    package var softwareVersion = "0"
    /// Who publishes the CapabilityStatement.
    package var publisher = "Martlet"
    /// Bytes of a resource that is written.
    package var resourceBytesMax = 64 << 20
    /// Bytes of a Bundle that is sent as a batch or transaction.
    package var bundleBytesMax = 64 << 20
    /// Entries of a batch or transaction.
    package var bundleEntriesMax = 10_000
    /// Bytes of the answer to a batch or transaction after which nothing further is read for it.
    package var bundleAnswerBytesMax = 64 << 20
    /// Resources that one conditional delete deletes at most; with more matches none is. 1 allows single ones only.
    package var conditionalDeleteMax = 100
    /// Resources that `$meta` of a type or the system looks through at most.
    package var metaResourcesMax = 100_000
    /// Resources that one operation such as `$lastn` looks through at most.
    package var operationResourcesMax = 100_000
    /// Results on a page where the request says nothing.
    package var pageCount = 20
    /// Results on a page at most.
    package var pageCountMax = 1_000
    /// Bytes of a page after which no further result is begun; the page then has fewer than were asked for.
    package var pageBytesMax = 32 << 20
    /// Resources that one page includes by `_include` and `_revinclude`.
    package var includesMax = 1_000
    /// Bytes of a paging link; a search whose links would be longer is refused.
    package var pageLinkBytesMax = 7 << 10
    /// Conditional references that one written resource may have.
    package var conditionalReferencesMax = 100
    /// Threads that search and threads that write, each; 0 takes as many as there are cores.
    package var workerCount = 0
    /// Requests that wait for a thread before further ones are refused.
    package var waitingMax = 4_096

    /// The folder in which answers that are made later are kept, sealed, such as exports; `nil` offers none.
    package var asyncFolder: String?
    /// Answers that are made later at the same time; others wait. With 0 all wait for a start with more.
    package var asyncRunningMax = 2
    /// Answers of a tenant that wait, are made or are kept; further ones are refused.
    package var asyncKeptMax = 32
    /// Seconds for which such an answer is kept once it is complete.
    package var asyncKeptSeconds = 24 * 3_600
    /// Resources after which an export notes how far it is, which ends its files: what a restart may have to do again.
    package var exportCheckpointResources = 1_000_000
    /// How far resources are checked before they are stored.
    package var validation = ValidationMode.structure

    package init() {}

    /// Bytes of any body.
    var bodyBytesMax: Int { max(resourceBytesMax, bundleBytesMax) }
}
