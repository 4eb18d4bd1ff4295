import Foundation
import Glibc

/// Bytes of a file, to be looked for in this process's memory without leaving copies of them there.
final class MemoryNeedle {
    /// Where the only copy of its own lies, as the complement of the bytes.
    private let complement: UnsafeMutableBufferPointer<UInt8>
    private let block: UnsafeMutableRawBufferPointer

    private static let offset = 200
    private static let byteCount = 48

    /// Takes 48 bytes from the middle of the file.
    init(pieceOf path: String) throws {
        complement = .allocate(capacity: Self.byteCount)
        block = .allocate(byteCount: 1 << 20, alignment: 4096)
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        guard pread(descriptor, complement.baseAddress, Self.byteCount, Self.offset) == Self.byteCount else {
            throw RawClient.Failure(reason: "a key of less than 248 bytes")
        }
        for index in complement.indices { complement[index] = ~complement[index] }
    }

    deinit {
        complement.deallocate()
        block.deallocate()
    }

    /// How many copies lie in memory that can be written.
    func copies() -> Int {
        let memory = open("/proc/self/mem", O_RDONLY)
        defer { close(memory) }
        var count = 0
        for range in writableRanges() {
            var address = range.lowerBound
            while address < range.upperBound {
                guard let base = block.baseAddress else { return count }
                let wanted = min(block.count, range.upperBound - address)
                let got = pread(memory, base, wanted, address)
                guard got > Self.byteCount else { break }
                count += copies(in: UnsafeRawBufferPointer(rebasing: block[..<got]), at: address)
                address += got == wanted && address + got < range.upperBound ? got - Self.byteCount + 1 : got
            }
        }
        for index in block.indices { block[index] = 0 }
        return count
    }

    private func copies(in bytes: UnsafeRawBufferPointer, at address: Int) -> Int {
        var count = 0
        var place = 0
        let first = Int32(~complement[0])
        while place <= bytes.count - Self.byteCount,
            let found = bytes.baseAddress.flatMap({
                memchr($0 + place, first, bytes.count - Self.byteCount + 1 - place)
            })
        {
            let here = UnsafeRawPointer(found)
            place = bytes.baseAddress.map { here - $0 } ?? bytes.count
            let isSame = complement.indices.allSatisfy {
                here.load(fromByteOffset: $0, as: UInt8.self) == ~complement[$0]
            }
            if isSame && !isOwn(address + place) { count += 1 }
            place += 1
        }
        return count
    }

    /// Whether the address is in the block that memory is copied to.
    private func isOwn(_ address: Int) -> Bool {
        let start = Int(bitPattern: block.baseAddress)
        return (start..<start + block.count).contains(address)
    }

    private func writableRanges() -> [Range<Int>] {
        // The file system says that it has no bytes: it is read until it ends.
        let file = FileHandle(forReadingAtPath: "/proc/self/maps")
        let maps = String(decoding: (try? file?.readToEnd()) ?? Data(), as: UTF8.self)
        return maps.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            let ends = fields[0].split(separator: "-").compactMap { Int($0, radix: 16) }
            guard fields.count > 1, fields[1].hasPrefix("rw"), ends.count == 2, ends[0] < ends[1] else { return nil }
            return ends[0]..<ends[1]
        }
    }
}
