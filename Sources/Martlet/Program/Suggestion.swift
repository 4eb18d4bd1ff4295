/// Finds what somebody who mistyped a word may have meant.
enum Suggestion {
    /// The most similar of `words`; `nil` if none is similar enough to be worth a mention.
    static func nearest(to word: String, among words: [String]) -> String? {
        let lengthMax = 64
        guard word.count <= lengthMax else { return nil }
        let ranked = words.map { (word: $0, distance: distance(word, $0)) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        let isBeginning = word.filter { $0 != "-" }.count >= 3 && best.word.hasPrefix(word)
        let letters = best.word.filter { $0 != "-" }.count
        if best.distance <= max(1, letters / 3) || isBeginning { return best.word }
        return words.first { word.filter { $0 != "-" }.count >= 3 && $0.hasPrefix(word) }
    }

    /// How many letters must be put in, taken out, changed or swapped with their neighbour.
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left)
        let right = Array(right)
        var rows = [Array(0...right.count)]
        for row in 1..<(left.count + 1) {
            var costs = [row]
            for column in 1..<(right.count + 1) {
                let change = left[row - 1] == right[column - 1] ? 0 : 1
                var cost = min(
                    rows[row - 1][column] + 1, costs[column - 1] + 1, rows[row - 1][column - 1] + change)
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    cost = min(cost, rows[row - 2][column - 2] + 1)
                }
                costs.append(cost)
            }
            rows.append(costs)
        }
        return rows[left.count][right.count]
    }
}
