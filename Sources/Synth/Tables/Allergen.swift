/// A substance that some patients do not tolerate, and how it shows.
package struct Allergen: Sendable {
    let concept: Concept
    /// A code of AllergyIntolerance.category.
    let category: StaticString
    /// A code of AllergyIntolerance.type.
    let type: StaticString
    let reaction: Concept
    /// Codes of AllergyIntolerance.criticality and of reaction.severity.
    let gravity: (criticality: StaticString, severity: StaticString)
    /// How often it is drawn among the allergens.
    let weight: Int
    /// The drugs that must not be prescribed with it, of those that are prescribed here.
    package let drugClass: DrugClass?

    /// A group of drugs that an allergy forbids together.
    package enum DrugClass: Sendable {
        case penicillins, salicylates
    }

    private static let hives = Concept(.snomed, "247472004", "Wheal")
    private static let rash = Concept(.snomed, "271807003", "Eruption of skin")
    private static let anaphylaxis = Concept(.snomed, "39579001", "Anaphylaxis")
    private static let sneezing = Concept(.snomed, "76067001", "Sneezing")
    private static let nausea = Concept(.snomed, "422587007", "Nausea")
    private static let wheezing = Concept(.snomed, "56018004", "Wheezing")

    private static func allergen(
        _ concept: Concept, _ category: StaticString, _ reaction: Concept, _ criticality: StaticString,
        _ severity: StaticString, weight: Int, type: StaticString = "allergy", drugClass: DrugClass? = nil
    ) -> Allergen {
        Allergen(
            concept: concept, category: category, type: type, reaction: reaction, gravity: (criticality, severity),
            weight: weight, drugClass: drugClass)
    }

    /// All of them; their order is fixed, drawing follows it.
    package static let all: [Allergen] = [
        allergen(
            Concept(.rxNorm, "7980", "penicillin G"), "medication", hives, "high", "moderate", weight: 60,
            drugClass: .penicillins),
        allergen(
            Concept(.rxNorm, "10831", "sulfamethoxazole / trimethoprim"), "medication", rash, "low", "mild",
            weight: 30),
        allergen(
            Concept(.rxNorm, "1191", "aspirin"), "medication", wheezing, "high", "severe", weight: 12,
            drugClass: .salicylates),
        allergen(
            Concept(.rxNorm, "2670", "codeine"), "medication", nausea, "low", "mild", weight: 25, type: "intolerance"),
        allergen(Concept(.snomed, "91935009", "Allergy to peanut"), "food", anaphylaxis, "high", "severe", weight: 16),
        allergen(Concept(.snomed, "300913006", "Shellfish allergy"), "food", hives, "high", "moderate", weight: 18),
        allergen(Concept(.snomed, "91934008", "Allergy to nut"), "food", anaphylaxis, "high", "severe", weight: 12),
        allergen(
            Concept(.snomed, "782415009", "Intolerance to lactose"), "food", nausea, "low", "mild", weight: 30,
            type: "intolerance"),
        allergen(
            Concept(.snomed, "419263009", "Allergy to tree pollen"), "environment", sneezing, "low", "mild",
            weight: 40),
        allergen(
            Concept(.snomed, "418689008", "Allergy to grass pollen"), "environment", sneezing, "low", "mild", weight: 40
        ),
        allergen(
            Concept(.snomed, "232350006", "House dust mite allergy"), "environment", sneezing, "low", "mild", weight: 35
        ),
        allergen(
            Concept(.snomed, "232347008", "Dander (animal) allergy"), "environment", wheezing, "low", "moderate",
            weight: 25),
        allergen(Concept(.snomed, "300916003", "Latex allergy"), "environment", rash, "low", "mild", weight: 10),
        allergen(
            Concept(.snomed, "424213003", "Allergy to bee venom"), "environment", anaphylaxis, "high", "severe",
            weight: 8),
    ]
}
