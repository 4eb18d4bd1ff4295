/// One figure of a run, with what it must reach and what the machine allows at best.
package struct Measurement: Sendable {
    /// What a figure must reach.
    package enum Target: Sendable, Equatable {
        case atLeast(Double)
        case atMost(Double)

        /// Whether a figure is good enough.
        package func isMet(by value: Double) -> Bool {
            switch self {
            case .atLeast(let bound): value >= bound
            case .atMost(let bound): value <= bound
            }
        }
    }

    /// The least that the work takes: a part of it alone, in the same unit, measured next to it.
    package struct Floor: Sendable, Equatable {
        package var name: String
        package var value: Double

        package init(_ name: String, _ value: Double) {
            self.name = name
            self.value = value
        }
    }

    /// Something else that was seen.
    package struct Detail: Sendable, Equatable {
        /// In lower camel case with its unit, such as `p99Milliseconds`.
        package var name: String
        package var value: Double

        package init(_ name: String, _ value: Double) {
            self.name = name
            self.value = value
        }
    }

    package var work: String
    package var unit: String
    package var value: Double
    package var target: Target?
    package var floors: [Floor] = []
    package var details: [Detail] = []

    package init(
        _ work: String, _ value: Double, _ unit: String, target: Target? = nil, floors: [Floor] = [],
        details: [Detail] = []
    ) {
        self.work = work
        self.unit = unit
        self.value = value
        self.target = target
        self.floors = floors
        self.details = details
    }

    /// The figure as a part of a floor's; `nil` where that is zero.
    package func ratio(to floor: Floor) -> Double? {
        floor.value > 0 ? value / floor.value : nil
    }
}
