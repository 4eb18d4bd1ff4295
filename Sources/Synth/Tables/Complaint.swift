/// A short illness or injury that brings a patient in once and then heals.
struct Complaint: Sendable {
    let concept: Concept
    let billing: Concept
    /// How often it is drawn among the complaints open to an age.
    let weight: Int
    let ages: ClosedRange<Int>
    let sex: Sex?
    /// Where it is treated.
    let visit: VisitKind
    /// Days until it has healed.
    let days: ClosedRange<Int>
    let drug: Drug?
    let intervention: Intervention?
    let panels: [Panel]
    /// Body temperature above normal, in tenths of a degree.
    let fever: Int
    /// What the patient says, and what is done.
    let story: (told: StaticString, done: StaticString)

    init(
        _ snomed: StaticString, _ name: StaticString, _ icd10: StaticString, _ title: StaticString, weight: Int,
        ages: ClosedRange<Int> = 0...110, sex: Sex? = nil, visit: VisitKind = .symptom, days: ClosedRange<Int>,
        drug: Drug? = nil, intervention: Intervention? = nil, panels: [Panel] = [], fever: Int = 0,
        story: (told: StaticString, done: StaticString)
    ) {
        concept = Concept(.snomed, snomed, name)
        billing = Concept(.icd10, icd10, title)
        self.weight = weight
        self.ages = ages
        self.sex = sex
        self.visit = visit
        self.days = days
        self.drug = drug
        self.intervention = intervention
        self.panels = panels
        self.fever = fever
        self.story = story
    }

    /// All of them; their order is fixed, drawing follows it.
    static let all: [Complaint] = infections + injuries

    private static let infections: [Complaint] = [
        Complaint(
            "444814009", "Viral sinusitis", "J01.90", "Acute sinusitis, unspecified", weight: 150, ages: 4...110,
            days: 10...24, drug: .acetaminophen, fever: 4,
            story: ("Blocked nose and facial pressure for a week.", "Rest, fluids, saline rinses; no antibiotic.")),
        Complaint(
            "10509002", "Acute bronchitis", "J20.9", "Acute bronchitis, unspecified", weight: 110, days: 9...20,
            drug: .acetaminophen, fever: 6,
            story: ("Cough with phlegm since a cold.", "Lungs clear of consolidation. Cough may last three weeks.")),
        Complaint(
            "195662009", "Acute viral pharyngitis", "J02.9", "Acute pharyngitis, unspecified", weight: 110,
            ages: 3...60,
            days: 6...14, drug: .ibuprofen, fever: 8,
            story: ("Sore throat for three days.", "Throat red without exudate. Symptomatic treatment.")),
        Complaint(
            "43878008", "Streptococcal sore throat", "J02.0", "Streptococcal pharyngitis", weight: 45, ages: 4...30,
            days: 7...14, drug: .penicillin, panels: [.throatTest], fever: 15,
            story: (
                "Sudden sore throat and fever, pain on swallowing.", "Rapid test positive, antibiotic for ten days."
            )),
        Complaint(
            "65363002", "Otitis media", "H66.90", "Otitis media, unspecified, unspecified ear", weight: 110,
            ages: 0...9,
            days: 8...20, drug: .amoxicillin, fever: 12,
            story: (
                "Woke crying and pulling at the ear.", "Eardrum bulging and red. Antibiotic, recheck if not better."
            )),
        Complaint(
            "68566005", "Urinary tract infection", "N39.0", "Urinary tract infection, site not specified", weight: 70,
            ages: 15...110, sex: .female, days: 5...12, drug: .nitrofurantoin, panels: [.urinalysis], fever: 2,
            story: ("Burning and urgency for two days, no flank pain.", "Dipstick positive. Antibiotic and fluids.")),
        Complaint(
            "25374005", "Gastroenteritis", "K52.9", "Noninfective gastroenteritis and colitis, unspecified", weight: 70,
            days: 2...9, fever: 7,
            story: ("Vomiting and loose stools since last night.", "Belly soft. Small sips often; return if dizzy.")),
        Complaint(
            "6142004", "Influenza", "J11.1", "Influenza due to unidentified influenza virus", weight: 40, days: 7...16,
            drug: .acetaminophen, fever: 21,
            story: ("Sudden fever, aches and dry cough.", "Rest and fluids; warned about breathlessness.")),
        Complaint(
            "840539006", "COVID-19", "U07.1", "COVID-19", weight: 40, days: 8...30, drug: .acetaminophen,
            panels: [.coronavirus], fever: 14,
            story: (
                "Fever, cough and loss of smell.", "Test positive. Stay home, oximeter lent, call if short of breath."
            )),
        Complaint(
            "233604007", "Pneumonia", "J18.9", "Pneumonia, unspecified organism", weight: 14, visit: .inpatient,
            days: 14...40, drug: .azithromycin, intervention: .chestXray,
            panels: [.bloodCount, .metabolic, .inflammation],
            fever: 22,
            story: (
                "High fever, chills and breathlessness.",
                "Infiltrate on film; oxygen and antibiotics, home when stable."
            )),
        Complaint(
            "128045006", "Cellulitis", "L03.90", "Cellulitis, unspecified", weight: 18, ages: 12...110, days: 8...18,
            drug: .amoxicillinClavulanate, panels: [.bloodCount], fever: 9,
            story: (
                "Red, warm, spreading patch on the shin.", "Border marked with a pen, antibiotic, recheck in two days."
            )),
        Complaint(
            "85189001", "Acute appendicitis", "K35.80", "Unspecified acute appendicitis", weight: 5, ages: 8...50,
            visit: .inpatient, days: 14...30, drug: .oxycodone, intervention: .appendectomy,
            panels: [.bloodCount, .metabolic], fever: 11,
            story: (
                "Pain moved to the lower right belly overnight.", "Laparoscopic removal the same day, home on day two."
            )),
        Complaint(
            "40275004", "Contact dermatitis", "L25.9", "Unspecified contact dermatitis, unspecified cause", weight: 35,
            days: 7...21, drug: .hydrocortisone,
            story: ("Itchy blisters after work in the garden.", "Wash, avoid the plant, cream twice daily.")),
    ]

    private static let injuries: [Complaint] = [
        Complaint(
            "44465007", "Sprain of ankle", "S93.409A", "Sprain of unspecified ligament of unspecified ankle",
            weight: 45,
            ages: 8...70, visit: .emergency, days: 14...35, drug: .ibuprofen, intervention: .ankleXray,
            story: (
                "Turned the ankle on a kerb, can limp.", "No fracture on film. Ice, elevation, brace and exercises."
            )),
        Complaint(
            "284549007", "Laceration of hand", "S61.419A", "Laceration without foreign body of unspecified hand",
            weight: 35, ages: 4...80, visit: .emergency, days: 10...18, intervention: .suture,
            story: (
                "Cut the palm on a kitchen knife.", "Tendons and feeling intact. Cleaned, sutured, tetanus checked."
            )),
        Complaint(
            "263102004", "Fracture of wrist", "S62.109A", "Fracture of unspecified carpal bone", weight: 20,
            ages: 5...90,
            visit: .emergency, days: 40...80, drug: .naproxen, intervention: .wristXray,
            story: ("Fell on the outstretched hand.", "Undisplaced break on film. Cast, sling, recheck in one week.")),
        Complaint(
            "62106007", "Concussion with no loss of consciousness", "S06.0X0A",
            "Concussion without loss of consciousness, initial encounter", weight: 16, ages: 6...75, visit: .emergency,
            days: 10...40, drug: .acetaminophen,
            story: (
                "Struck the head in a fall, headache and nausea.", "Neurologic examination normal. Rest, slow return."
            )),
        Complaint(
            "279039007", "Low back pain", "M54.50", "Low back pain, unspecified", weight: 85, ages: 17...90,
            days: 14...60,
            drug: .naproxen,
            story: ("Back locked after lifting a box.", "No red flags. Keep moving, heat, exercises; no film needed.")),
        Complaint(
            "33737001", "Fracture of rib", "S22.39XA", "Fracture of one rib, unspecified side", weight: 8,
            ages: 18...95,
            visit: .emergency, days: 30...70, drug: .oxycodone, intervention: .chestXray,
            story: ("Fell against a table edge, pain on breathing in.", "One rib broken, lung clear. Pain control.")),
        Complaint(
            "82423001", "Chronic pain", "G89.29", "Other chronic pain", weight: 16, ages: 25...90, days: 90...400,
            drug: .ibuprofen,
            story: ("Aching shoulders for months.", "Graded exercise, sleep and pacing; opioids avoided.")),
    ]
}
