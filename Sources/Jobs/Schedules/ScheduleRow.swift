internal import Base
internal import SQLDatabase

/// A schedule as its row has it.
struct ScheduleRow {
    var tenantID: Int64
    var nameHash: [UInt8]
    var last: Instant
    var next: Instant?
    var sealed: [UInt8]

    static func all(
        _ condition: String, _ values: [SQLValue], on connection: any SQLConnection
    ) throws -> [ScheduleRow] {
        var rows: [ScheduleRow] = []
        let sql = "SELECT tenant_id, name_hash, last_nominal, next_nominal, sealed FROM job_schedules WHERE "
        try connection.query(sql + condition, values) { row in
            rows.append(
                ScheduleRow(
                    tenantID: row.integer(0), nameHash: Array(row.blob(1)),
                    last: Instant(microseconds: row.integer(2)),
                    next: row.isNull(3) ? nil : Instant(microseconds: row.integer(3)), sealed: Array(row.blob(4))))
            return true
        }
        return rows
    }
}

/// A schedule as bytes, for what is sealed.
enum ScheduleContent {
    private static let format: UInt8 = 1

    static func encode(_ schedule: JobSchedule) -> [UInt8] {
        let writer = ByteWriter(capacity: schedule.payload.count + 128)
        defer { writer.wipe() }
        writer.write(format)
        for text in [schedule.name, schedule.cron.description, schedule.zone, schedule.queue] {
            writer.writeVarint(UInt64(text.utf8.count))
            writer.write(text)
        }
        writer.writeVarint(UInt64(schedule.payload.count))
        schedule.payload.withUnsafeBytes { writer.write($0) }
        writer.writeLittleEndian(Int32(schedule.priority))
        writer.writeLittleEndian(Int32(schedule.attemptsMax))
        let (kind, count): (UInt8, Int) =
            switch schedule.missed {
            case .coalesce: (0, 0)
            case .all(let max): (1, max)
            case .skip: (2, 0)
            }
        writer.write(kind)
        writer.writeLittleEndian(Int32(count))
        writer.write(schedule.group == nil ? 0 : 1)
        writer.write(schedule.group ?? "")
        return writer.copy()
    }

    /// - Throws: `JobsError.damaged` if the bytes are not what `encode` makes.
    static func decode(_ bytes: [UInt8], _ seal: JobSeal) throws(JobsError) -> JobSchedule {
        let schedule = bytes.withUnsafeBytes { raw -> JobSchedule? in
            var reader = ByteReader(raw)
            guard reader.readByte() == format else { return nil }
            var texts: [String] = []
            for _ in 0..<4 {
                guard let text = piece(&reader) else { return nil }
                texts.append(String(decoding: text, as: UTF8.self))
            }
            guard let cron = try? CronExpression(texts[1]), let payload = piece(&reader),
                let priority = reader.readLittleEndian(Int32.self),
                let attemptsMax = reader.readLittleEndian(Int32.self), let kind = reader.readByte(),
                let count = reader.readLittleEndian(Int32.self), let hasGroup = reader.readByte(),
                let group = reader.readBytes(reader.remaining)
            else { return nil }
            return JobSchedule(
                name: texts[0], tenant: seal.tenant, cron: cron, zone: texts[2], queue: texts[3],
                payload: Array(payload), priority: Int(priority), attemptsMax: Int(attemptsMax),
                group: hasGroup == 1 ? String(decoding: group, as: UTF8.self) : nil,
                missed: kind == 0 ? .coalesce : kind == 1 ? .all(max: Int(count)) : .skip)
        }
        guard let schedule else { throw JobsError(.damaged, "a schedule does not decode") }
        return schedule
    }

    private static func piece(_ reader: inout ByteReader) -> UnsafeRawBufferPointer? {
        reader.readVarint().flatMap { Int(exactly: $0) }.flatMap { reader.readBytes($0) }
    }
}
