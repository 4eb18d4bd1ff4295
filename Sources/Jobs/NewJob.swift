package import Access
package import Base

/// Work that is asked for.
package struct NewJob: Sendable {
    /// Where it waits: 1 to 64 of lower-case letters, digits and `-`.
    package var queue: String
    package var tenant: TenantName
    /// What the worker needs to know; at most `JobLimits.payloadBytesMax` bytes. Kept sealed.
    package var payload: [UInt8]
    /// While a job of this tenant and queue with the same key is live (waits, is paused or runs), a second request joins
    /// it. At most `JobLimits.keyBytesMax` bytes; kept as a keyed hash, and sealed.
    package var uniqueKey: String?
    /// Within its tenant and queue a job counts as if it had come `JobQueueOptions.agingSeconds` earlier for each point;
    /// -100 to 100.
    package var priority: Int
    /// Not before this moment; the span until then is measured from the moment of the request, whatever the clock does.
    package var notBefore: Instant?
    /// How often it is tried before it becomes a dead letter; from 1 to 1,000.
    package var attemptsMax: Int
    /// Such as `ingest/ID`: to list, cancel and pause by. At most `JobLimits.keyBytesMax` bytes; kept as `uniqueKey`.
    package var group: String?
    /// The W3C trace context of the request.
    package var traceparent: String?
    /// Of a job that a schedule asks for: the moment that it is meant for, which may have passed.
    package var nominal: Instant?

    package init(
        queue: String, tenant: TenantName, payload: [UInt8], uniqueKey: String? = nil, priority: Int = 0,
        notBefore: Instant? = nil, attemptsMax: Int = 8, group: String? = nil, traceparent: String? = nil,
        nominal: Instant? = nil
    ) {
        self.queue = queue
        self.tenant = tenant
        self.payload = payload
        self.uniqueKey = uniqueKey
        self.priority = priority
        self.notBefore = notBefore
        self.attemptsMax = attemptsMax
        self.group = group
        self.traceparent = traceparent
        self.nominal = nominal
    }

    /// - Throws: `JobsError.invalid`.
    func check() throws(JobsError) {
        guard QueueName.isValid(queue) else {
            throw JobsError(.invalid, "a queue's name has 1 to 64 lower-case letters, digits and -")
        }
        guard payload.count <= JobLimits.payloadBytesMax else {
            throw JobsError(.invalid, "a job's payload has at most \(JobLimits.payloadBytesMax) bytes")
        }
        for text in [uniqueKey, group].compactMap(\.self) {
            guard (1...JobLimits.keyBytesMax).contains(text.utf8.count) else {
                throw JobsError(.invalid, "a job's key and group have 1 to \(JobLimits.keyBytesMax) bytes")
            }
        }
        guard (-JobLimits.priorityMax...JobLimits.priorityMax).contains(priority) else {
            throw JobsError(.invalid, "a priority lies from -\(JobLimits.priorityMax) to \(JobLimits.priorityMax)")
        }
        guard (1...JobLimits.attemptsMax).contains(attemptsMax) else {
            throw JobsError(.invalid, "a job is tried 1 to \(JobLimits.attemptsMax) times")
        }
        guard (traceparent?.utf8.count ?? 0) <= JobLimits.traceparentBytesMax else {
            throw JobsError(.invalid, "a traceparent has at most \(JobLimits.traceparentBytesMax) bytes")
        }
    }
}

/// What became of a request.
package enum Enqueued: Hashable, Sendable {
    case added(JobID)
    /// A live job of this tenant, queue and key was there; nothing of the request was kept.
    case joined(JobID)

    package var id: JobID {
        switch self {
        case .added(let id), .joined(let id): id
        }
    }
}

/// Bounds of what a job holds.
package enum JobLimits {
    package static let payloadBytesMax = 1 << 20
    package static let resultBytesMax = 1 << 20
    /// A longer reason is cut.
    package static let reasonBytesMax = 4096
    package static let keyBytesMax = 512
    package static let noteBytesMax = 512
    package static let traceparentBytesMax = 128
    package static let priorityMax = 100
    package static let attemptsMax = 1000
    /// Jobs in one call.
    package static let batchMax = 10_000
    /// From 10 ms to a day.
    package static let leaseSeconds = 0.01...86_400.0
}

/// The rule for names of queues.
enum QueueName {
    static func isValid(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
            }
    }
}
