internal import Base
package import FHIR
internal import FHIRPath
package import JSONTape

/// Reads from resources the values by which search parameters find them, in memory that it keeps. Not thread-safe: one
/// a thread.
///
/// What has a value that no search can find, such as a `SampledData` under a quantity parameter or a reference to a
/// contained resource, gives an entry of kind `present`, so that `:missing` tells the truth. A primitive that has only
/// extensions gives nothing.
package final class SearchExtractor {
    let plans: SearchPlans
    let definitions: Definitions
    let names: ElementNumbers
    /// By `TypeID`.
    let forms: [ElementForm]
    let extensionType: TypeID?
    private let evaluator: PathEvaluator
    /// For what tenants define, which may cost less; made when it is first needed.
    private var customEvaluator: PathEvaluator?
    private var items: [PathItem] = []
    private var partItems: [PathItem] = []
    private var known: [(plan: TypePlan, indexed: ExtractionSelection)?]
    /// The resource at hand.
    var resource: JSONValue?
    var entries = IndexEntryBuffer()
    /// Expressions that failed on the resource last read, with what they look for; their parameters find nothing of it.
    package private(set) var failures: [SearchError] = []

    /// - Parameter plans: what is indexed.
    package init(plans: SearchPlans) {
        self.plans = plans
        definitions = plans.definitions
        names = ElementNumbers(definitions)
        forms = definitions.types.map { ElementForm($0, definitions: plans.definitions) }
        extensionType = definitions.type(named: "Extension")
        // No expression of a search parameter asks for the time.
        evaluator = PathEvaluator(definitions, now: Instant(microseconds: 0))
        known = Array(repeating: nil, count: definitions.types.count)
    }

    /// Replaces what `entries` holds by all that tokens are made of.
    /// - Parameters:
    ///   - resource: parsed with the names of the definitions; the entries are valid as long as it and this extractor's
    ///     next resource allow.
    ///   - type: the resource's type.
    ///   - entries: where the entries go, those of one path one after another.
    package func extract(_ resource: JSONValue, type: TypeID, into entries: IndexEntryBuffer) {
        let (plan, indexed) = plan(for: type)
        extract(resource, plan: plan, selection: indexed, into: entries)
    }

    /// Replaces what `entries` holds by the values that a selection asks for.
    package func extract(
        _ resource: JSONValue, type: TypeID, selection: ExtractionSelection, into entries: IndexEntryBuffer
    ) {
        extract(resource, plan: plan(for: type).plan, selection: selection, into: entries)
    }

    private func plan(for type: TypeID) -> (plan: TypePlan, indexed: ExtractionSelection) {
        if let found = known[Int(type.raw)] { return found }
        let plan = plans.plan(for: type)
        let made = (plan, ExtractionSelection.indexed(plan))
        known[Int(type.raw)] = made
        return made
    }

    private func extract(
        _ resource: JSONValue, plan: TypePlan, selection: ExtractionSelection, into entries: IndexEntryBuffer
    ) {
        entries.removeAll()
        if !failures.isEmpty { failures.removeAll() }
        self.entries = entries
        self.resource = resource
        evaluator.begin(resource, type: plan.type)
        var items = self.items
        self.items = []
        // Most parameters look at what a resource doesn't have.
        let mask = evaluator.rootMask
        let standardCount = plan.standardPathCount
        var custom: PathEvaluator?
        for place in selection.paths where plan.rootMasks[Int(place)] & mask != 0 {
            var evaluator = evaluator
            if place >= standardCount {
                evaluator = custom ?? beginCustom(resource, plan.type)
                custom = evaluator
            }
            evaluate(
                plan.paths[Int(place)].expression, by: evaluator, into: &items,
                parameter: plan.paths[Int(place)].identity)
            let kind = plan.paths[Int(place)].kind
            for item in items { append(item, kind: kind, path: place) }
        }
        self.items = items
        for place in selection.composites {
            var evaluator = evaluator
            if plan.composites[Int(place)].parameter.id == SearchParameter.customID {
                evaluator = custom ?? beginCustom(resource, plan.type)
                custom = evaluator
            }
            append(plan.composites[Int(place)], place: place, by: evaluator)
        }
        self.resource = nil
    }

    private func beginCustom(_ resource: JSONValue, _ type: TypeID) -> PathEvaluator {
        let evaluator =
            customEvaluator
            ?? PathEvaluator(definitions, limits: CustomParameter.pathLimits, now: Instant(microseconds: 0))
        customEvaluator = evaluator
        evaluator.begin(resource, type: type)
        return evaluator
    }

    private func evaluate(
        _ expression: PathExpression, by evaluator: PathEvaluator, on item: PathItem? = nil,
        into results: inout [PathItem], parameter: @autoclosure () -> String
    ) {
        do throws(PathError) {
            if let item {
                try evaluator.evaluate(expression, on: item, into: &results)
            } else {
                try evaluator.evaluate(expression, into: &results)
            }
        } catch {
            results.removeAll(keepingCapacity: true)
            let name = parameter()
            failures.append(
                SearchError(code: .badDefinitions, detail: "\(name): \(error)", parameter: name, cause: error))
        }
    }

    private func append(_ composite: CompositePlan, place: UInt16, by evaluator: PathEvaluator) {
        var group: UInt16 = 0
        for branch in composite.branches {
            evaluate(branch.expression, by: evaluator, into: &items, parameter: composite.parameter.code)
            for item in items {
                for part in branch.parts.indices {
                    evaluate(
                        branch.parts[part], by: evaluator, on: item, into: &partItems,
                        parameter: composite.parameter.code)
                    let first = entries.count
                    for value in partItems { append(value, kind: composite.kinds[part], path: place) }
                    entries.mark(from: first, component: UInt8(part + 1), group: group)
                }
                group &+= 1
            }
        }
    }

    /// Appends the entries of one item; one of kind `present` if it has a value and gives none.
    private func append(_ item: PathItem, kind: SearchParameter.Kind, path: UInt16) {
        let first = entries.count
        switch item {
        case .node(let node):
            guard let value = node.value else { return }
            append(value, form: forms[Int(node.type.raw)], kind: kind, path: path)
        case .boolean(let value) where kind == .token:
            appendToken(system: TextSlice(), code: Self.slice(value ? "true" : "false"), isBare: true, path: path)
        case .string(let text) where kind == .token:
            appendToken(system: TextSlice(), code: TextSlice(text), isBare: true, path: path)
        case .string(let text) where kind == .string: appendString(text, path: path)
        default: break
        }
        if entries.count == first { entries.append(IndexEntry(path: path, kind: .present)) }
    }

    /// Appends the entries of one element.
    func append(_ value: JSONValue, form: ElementForm, kind: SearchParameter.Kind, path: UInt16) {
        if form == .fhirExtension {
            appendExtension(value, kind: kind, path: path)
            return
        }
        switch kind {
        case .token: appendTokens(value, form: form, path: path)
        case .string: appendStrings(value, form: form, path: path)
        case .date: appendDate(value, form: form, path: path)
        case .number: appendNumber(value, form: form, path: path)
        case .quantity: appendQuantity(value, form: form, path: path)
        case .reference: appendReference(value, form: form, path: path)
        case .uri: if form == .text { appendURI(value, path: path) }
        case .special: appendPosition(value, form: form, path: path)
        case .composite: break
        }
    }

    /// What an extension holds, by the type of its value.
    private func appendExtension(_ value: JSONValue, kind: SearchParameter.Kind, path: UInt16) {
        guard let extensionType else { return }
        for member in value.members {
            guard let shape = definitions.shape(of: extensionType, numbered: member.number), shape.isChoice,
                !shape.isExtension
            else { continue }
            let form = forms[Int(shape.type.raw)]
            guard form != .fhirExtension else { continue }
            append(member.value, form: form, kind: kind, path: path)
        }
    }

    static func slice(_ text: StaticString) -> TextSlice {
        TextSlice(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
