import Base
import Foundation
import JSONTape
import Testing

/// Foundation's parser is the judge of what is JSON; where the two are known to differ the text is passed over.
@Suite struct JSONTapeFuzzTests {
    private let seeds = [
        #"{"resourceType":"Patient","id":"a","name":[{"family":"Müller","given":["A\nB"]}],"n":[1.50,-2e3,0]}"#,
        #"[{},[],"",null,true,false,{"a":{"b":[[[1]]]}}]"#,
    ]

    private func mutated(_ source: String, with random: inout SeededRandom) -> [UInt8] {
        var bytes = Array(source.utf8)
        let alphabet = Array(#"{}[]",:0123456789.eE+-truefalsn\u "#.utf8)
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes.remove(at: place)
            case 1: bytes.insert(alphabet.randomElement(using: &random) ?? 0, at: place)
            case 2: bytes[place] = UInt8.random(in: 0...255, using: &random)
            default: bytes.swapAt(place, Int.random(in: 0..<bytes.count, using: &random))
            }
        }
        return bytes
    }

    @Test func `mutated documents are accepted and refused as another parser does`() throws {
        var random = SeededRandom(seed: 7)
        var accepted = 0
        for round in 0..<20_000 {
            let bytes = mutated(seeds[round % seeds.count], with: &random)
            let other = try? JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
            let document = try? JSONDocument(bytes)
            if document != nil { accepted += 1 }
            if bytes.contains(0) || bytes.contains(where: { $0 >= 0x80 }) { continue }
            let text = String(decoding: bytes, as: UTF8.self)
            // Foundation lets a comma stand before a closing bracket.
            if text.contains(",]") || text.contains(",}") || text.contains(", ]") || text.contains(", }") { continue }
            #expect((document != nil) == (other != nil), "\(text)")
        }
        #expect(accepted > 1000)
    }

    @Test func `what is written reads back the same`() throws {
        for seed in seeds {
            let first = ByteWriter()
            try JSONDocument(Array(seed.utf8)).withRoot { $0.write(to: first) }
            let second = ByteWriter()
            try JSONDocument(first.copy()).withRoot { $0.write(to: second) }
            #expect(first.copy() == second.copy())
        }
    }
}
