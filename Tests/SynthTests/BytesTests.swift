import Base
import Testing

import Synth

@Suite struct BytesTests {
    private func text(_ write: (ByteWriter) -> Void) -> String {
        let out = ByteWriter(capacity: 1)
        write(out)
        return String(decoding: out.bytes, as: UTF8.self)
    }

    @Test func `decimals keep their digits`() {
        #expect(text { $0.writeScaled(540, digits: 2) } == "5.40")
        #expect(text { $0.writeScaled(5, digits: 2) } == "0.05")
        #expect(text { $0.writeScaled(0, digits: 1) } == "0.0")
        #expect(text { $0.writeScaled(-12, digits: 1) } == "-1.2")
        #expect(text { $0.writeScaled(-3, digits: 2) } == "-0.03")
        #expect(text { $0.writeScaled(1016, digits: 3) } == "1.016")
        #expect(text { $0.writeScaled(0, digits: 0) } == "0")
        #expect(text { $0.writeScaled(.min, digits: 0) } == "-9223372036854775808")
    }

    @Test func `strings are escaped`() {
        #expect(text { writeJSONString("a\"b\\c\nd\u{1}\u{1f}é", to: $0) } == #""a\"b\\c\nd\u0001\u001fé""#)
    }

    @Test func `base64 is padded`() {
        func base64(_ value: String) -> String {
            text { out in Array(value.utf8).withUnsafeBytes { out.writeBase64($0) } }
        }
        #expect(
            ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(base64)
                == ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"])
    }

    @Test func `ids are version 4 UUIDs`() {
        #expect(ResourceID(high: 0, low: 0).text == "00000000-0000-4000-8000-000000000000")
        #expect(ResourceID(high: .max, low: .max).text == "ffffffff-ffff-4fff-bfff-ffffffffffff")
        #expect(
            ResourceID(high: 0x0123_4567_89AB_CDEF, low: 0x0123_4567_89AB_CDEF).text
                == "01234567-89ab-4def-8123-456789abcdef")
    }

    @Test func `times carry the offset of summer and winter`() {
        func time(_ year: Int, _ month: Int, _ day: Int, _ zone: Zone) -> String {
            let day = CalendarDate(year: year, month: month, day: day).daysSinceEpoch
            return text { WallTime(day: day, minute: 545).write(into: $0, zone: zone) }
        }
        #expect(time(2024, 3, 9, .eastern) == "2024-03-09T09:05:00-05:00")
        #expect(time(2024, 3, 10, .eastern) == "2024-03-10T09:05:00-04:00")
        #expect(time(2024, 11, 2, .pacific) == "2024-11-02T09:05:00-07:00")
        #expect(time(2024, 11, 3, .pacific) == "2024-11-03T09:05:00-08:00")
        #expect(time(2006, 4, 1, .central) == "2006-04-01T09:05:00-06:00")
        #expect(time(2006, 4, 2, .central) == "2006-04-02T09:05:00-05:00")
        #expect(time(2006, 10, 29, .central) == "2006-10-29T09:05:00-06:00")
        #expect(time(2024, 7, 1, .arizona) == "2024-07-01T09:05:00-07:00")
        #expect(time(1961, 12, 31, .hawaii) == "1961-12-31T09:05:00-10:00")
    }

    @Test func `a provider identifier ends in its check digit`() {
        // 1234567893 is the worked example of the standard
        #expect(SharedIdentifier.npi(stem: 123_456_789).value == 1_234_567_893)
    }

    @Test func `draws lie within their limits and spread evenly`() {
        var draw = Draw(seed: 1, stream: 2)
        var counts = Array(repeating: 0, count: 10)
        for _ in 0..<10_000 { counts[draw.below(10)] += 1 }
        #expect(counts.allSatisfy { (850...1150).contains($0) })
        #expect(draw.below(0) == 0)
        let bells = (0..<10_000).map { _ in draw.bell() }
        #expect(abs(bells.reduce(0, +) / bells.count) < 40)
        #expect(bells.allSatisfy { abs($0) <= 3464 })
    }

    @Test func `names turn into plain letters for an e-mail address`() {
        #expect(PersonName.plain("Nguyễn O'Brien-Müller") == "nguyenobrienmuller")
        for heritage in Heritage.all {
            for name in heritage.femaleNames + heritage.maleNames + heritage.familyNames {
                let letters = "\(name)".filter(\.isLetter).count
                #expect(PersonName.plain("\(name)").count >= letters, "\(name)")
            }
        }
    }

    @Test func `every table has a row for each of its cases`() {
        #expect(AnalyteFacts.all.count == Analyte.allCases.count)
        #expect(IllnessFacts.all.count == Illness.allCases.count)
        for illness in Illness.allCases {
            for earlier in illness.facts.promotedBy + (illness.facts.follows.map { [$0.illness] } ?? []) {
                #expect(earlier.rawValue < illness.rawValue, "\(illness) is drawn after \(earlier)")
            }
        }
        #expect(Set(IllnessFacts.all.map { "\($0.concept.code)" }).count == Illness.allCases.count)
        #expect(Set(AnalyteFacts.all.map { "\($0.concept.code)" }).count == Analyte.allCases.count)
    }
}
