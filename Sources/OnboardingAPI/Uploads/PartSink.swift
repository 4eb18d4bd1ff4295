internal import HTTP
internal import Uploads

/// The body of a part.
final class PartSink: BodySink {
    private let writer: PartWriter
    private let id: UploadID

    init(_ writer: PartWriter, of id: UploadID) {
        self.writer = writer
        self.id = id
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws { try writer.write(bytes) }

    func finish() throws -> OnboardingAnswer {
        let (part, isNew) = try writer.finish()
        return Self.answer(part, of: id, isNew: isNew)
    }

    func abandon() { writer.abandon() }

    static func answer(_ part: Part, of id: UploadID, isNew: Bool) -> OnboardingAnswer {
        var answer = OnboardingAnswer(isNew ? .created : .ok, UploadJSON.object(part))
        answer.resources = ["upload/\(id)"]
        answer.detail = isNew ? "part \(part.number)" : "part \(part.number), as before"
        return answer
    }
}

/// The body of a file that comes in one go: where it fails, nothing of it stays.
final class FileSink: BodySink {
    private let writer: PartWriter
    private let upload: Upload
    private let uploads: UploadStore

    init(_ writer: PartWriter, _ upload: Upload, _ uploads: UploadStore) {
        self.writer = writer
        self.upload = upload
        self.uploads = uploads
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws { try writer.write(bytes) }

    func finish() throws -> OnboardingAnswer {
        do {
            _ = try writer.finish()
            return .upload(.created, try uploads.complete(upload.id, tenant: upload.tenant, waitMilliseconds: 0))
        } catch {
            try? uploads.cancel(upload.id, tenant: upload.tenant)
            throw error
        }
    }

    func abandon() {
        writer.abandon()
        try? uploads.cancel(upload.id, tenant: upload.tenant)
    }
}
