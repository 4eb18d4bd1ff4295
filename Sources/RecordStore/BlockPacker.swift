internal import Access
internal import Base
internal import Compression
internal import Vault

/// Cuts the entries of a batch into compressed blocks of one patient each, and makes their postings.
struct BlockPacker {
    let batch: WriteBatch
    let decision: Sequencer.Decision
    let patientKeys: [PatientToken: PatientKey]

    /// The batch's blocks in the order of their sequence numbers.
    func blocks(order: [Int], compressor: BlockCompressor) throws -> [PackedBlock] {
        var blocks: [PackedBlock] = []
        let entries = ByteWriter(capacity: LogBlock.targetBytes * 2)
        var sizes: [Int] = []
        var patient: PatientToken?
        var first: UInt64 = 0
        func close() throws {
            guard let owner = patient, !sizes.isEmpty else { return }
            blocks.append(try block(entries, sizes, owner: owner, first: first, compressor: compressor))
            entries.removeAll()
            sizes.removeAll(keepingCapacity: true)
        }
        for index in order where decision.sequences[index] != 0 {
            let write = batch.writes[index]
            if write.patient != patient || entries.count >= LogBlock.targetBytes || sizes.count >= LogBlock.entriesMax {
                try close()
                patient = write.patient
                first = decision.sequences[index]
            }
            let start = entries.count
            let replaced = decision.replaces[index]
            entries.writeVarint(replaced == 0 ? 0 : decision.sequences[index] - replaced)
            entries.write(UnsafeRawBufferPointer(rebasing: batch.bytes.bytes[write.body]))
            sizes.append(entries.count - start)
        }
        try close()
        return blocks
    }

    private func block(
        _ entries: ByteWriter, _ sizes: [Int], owner: PatientToken, first: UInt64, compressor: BlockCompressor
    ) throws -> PackedBlock {
        guard let key = patientKeys[owner] else {
            throw StoreError(code: .unavailable, detail: "a patient has no key")
        }
        let plain = ByteWriter(capacity: entries.count + sizes.count * 3 + 128)
        LogBlock.writeHead(actor: batch.scope.actor, entrySizes: sizes[...], to: plain)
        plain.write(entries.bytes)
        let compressed = try [UInt8](
            unsafeUninitializedCapacity: BlockCompressor.boundBytes(plain.count)
        ) { target, count in
            count = try compressor.compress(plain.bytes, into: UnsafeMutableRawBufferPointer(target))
        }
        return PackedBlock(firstSequence: first, entries: sizes.count, key: key, compressed: compressed)
    }

    /// The batch's postings and successors; `nil` if nothing is written.
    func run(order: [Int]) -> PostingRun? {
        guard decision.entryCount > 0 else { return nil }
        var postings: [Posting] = []
        postings.reserveCapacity(batch.tokens.count)
        var successors: [Successor] = []
        for index in order where decision.sequences[index] != 0 {
            let offset = UInt32(decision.sequences[index] - decision.firstSequence)
            for token in batch.tokens[batch.writes[index].tokens] {
                postings.append(Posting(token: token, offset: offset))
            }
            if decision.replaces[index] != 0 {
                successors.append(
                    Successor(replaced: decision.replaces[index], replacement: decision.sequences[index]))
            }
        }
        PostingSort.sort(&postings)
        successors.sort { $0.replaced < $1.replaced }
        return PostingRun(
            firstSequence: decision.firstSequence,
            lastSequence: decision.firstSequence + UInt64(decision.entryCount) - 1, postings: postings,
            successors: successors)
    }
}
