/// Which neighbouring segments are to be merged.
enum SegmentTiers {
    /// The tier of a segment by its size: four times as many entries a tier.
    static func tier(_ segment: Segment) -> Int {
        var entries = segment.lastSequence - segment.firstSequence + 1
        var tier = 0
        while entries >= 1 << 17 {
            entries >>= 2
            tier += 1
        }
        return tier
    }

    /// The oldest neighbours of the lowest tier that has `count` of them, if their union stays within the limit.
    static func due(_ segments: [Segment], count: Int, entriesMax: Int) -> [Segment]? {
        let tiers = segments.map(tier)
        for limit in 0...(tiers.max() ?? 0) {
            var start = 0
            for end in 0...tiers.count {
                if end < tiers.count, tiers[end] <= limit { continue }
                let window = segments[start..<end]
                start = end + 1
                guard window.count >= count, let first = window.first, let last = window.last,
                    last.lastSequence - first.firstSequence < UInt64(entriesMax)
                else { continue }
                return Array(window)
            }
        }
        return nil
    }
}
