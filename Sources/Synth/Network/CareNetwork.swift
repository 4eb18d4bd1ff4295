internal import Base

/// The hospitals, clinics, payers and clinicians that all patients of one seed share.
package struct CareNetwork: Sendable {
    /// A hospital, a clinic or a payer.
    struct Organization: Sendable {
        let id: ResourceID
        let identifier: SharedIdentifier
        let name: String
        /// An index of `City.all`.
        let cityIndex: Int
        let street: String
        let isPayer: Bool
    }

    /// A place of care that belongs to an organization.
    struct Site: Sendable {
        let id: ResourceID
        let identifier: SharedIdentifier
        let name: String
        /// An index of `organizations`.
        let organization: Int
        /// True for a ward or a department, false for a building.
        let isWard: Bool
    }

    /// A clinician with the role held at one organization.
    struct Clinician: Sendable {
        let id: ResourceID
        let roleID: ResourceID
        let identifier: SharedIdentifier
        let name: PersonName
        let display: String
        let sex: Sex
        let specialty: Specialty
        /// An index of `organizations`.
        let organization: Int
    }

    private(set) var organizations: [Organization] = []
    private(set) var sites: [Site] = []
    private(set) var clinicians: [Clinician] = []

    /// Sites for each city: the clinic, the hospital, its emergency department and its ward.
    static let sitesPerCity = 4
    /// Clinicians for each city: as many of each specialty as `cliniciansPerSpecialty`.
    static let cliniciansPerSpecialty = 2

    /// Draws the network of `seed`.
    package init(seed: UInt64) {
        var draw = Draw(seed: seed, stream: .max)
        var stem = 990_000_000 + draw.below(9_000_000)
        func nextIdentifier() -> SharedIdentifier {
            stem += 1
            return SharedIdentifier.npi(stem: stem)
        }
        let locationBase = draw.below(1_000_000_000) * 1000
        for (cityIndex, city) in City.all.enumerated() {
            let clinicWord = draw.pick(CareNetwork.clinicWords)
            let hospitalWord = draw.pick(CareNetwork.hospitalWords)
            for name in ["\(city.name) \(clinicWord)", "\(city.name) \(hospitalWord)"] {
                organizations.append(
                    Organization(
                        id: draw.resourceID(), identifier: nextIdentifier(), name: name, cityIndex: cityIndex,
                        street: "\(draw.between(1, 900)) \(draw.pick(City.streets)) \(draw.pick(City.streetKinds))",
                        isPayer: false))
            }
            let clinic = organizations.count - 2
            let hospital = organizations.count - 1
            for (organization, suffix) in [
                (clinic, ""), (hospital, ""), (hospital, ", Emergency Department"), (hospital, ", Medical Ward"),
            ] {
                sites.append(
                    Site(
                        id: draw.resourceID(), identifier: .location(locationBase + sites.count),
                        name: organizations[organization].name + suffix, organization: organization,
                        isWard: !suffix.isEmpty))
            }
            for specialty in Specialty.allCases {
                for _ in 0..<CareNetwork.cliniciansPerSpecialty {
                    let sex: Sex = draw.chance(500) ? .female : .male
                    let heritage = Heritage.all[draw.index(weights: Heritage.all.map(\.weight))]
                    let name = PersonName(&draw, sex: sex, heritage: heritage, prefix: "Dr.")
                    clinicians.append(
                        Clinician(
                            id: draw.resourceID(), roleID: draw.resourceID(), identifier: nextIdentifier(), name: name,
                            display: name.full, sex: sex, specialty: specialty,
                            organization: specialty.isInClinic ? clinic : hospital))
                }
            }
        }
        for name in CareNetwork.payerNames {
            organizations.append(
                Organization(
                    id: draw.resourceID(), identifier: nextIdentifier(), name: name,
                    cityIndex: draw.below(City.all.count), street: "\(draw.between(1, 900)) Commerce Street",
                    isPayer: true))
        }
    }

    /// The index of the clinician of `specialty` who sees a patient of `city`; `choice` keeps patients with one.
    func clinician(_ specialty: Specialty, city: Int, choice: Int) -> Int {
        let perCity = Specialty.allCases.count * CareNetwork.cliniciansPerSpecialty
        return city * perCity + specialty.rawValue * CareNetwork.cliniciansPerSpecialty
            + choice % CareNetwork.cliniciansPerSpecialty
    }

    /// The payer with number `choice`, of which there are `payerCount`.
    func payer(_ choice: Int) -> Organization {
        organizations[City.all.count * 2 + choice % CareNetwork.payerCount]
    }

    /// How many payers there are: two public, then private.
    static var payerCount: Int { payerNames.count }

    private static let clinicWords = [
        "Family Health Center", "Community Clinic", "Primary Care Associates", "Neighborhood Health", "Medical Group",
    ]
    private static let hospitalWords = [
        "General Hospital", "Medical Center", "Memorial Hospital", "University Hospital", "Regional Hospital",
    ]
    private static let payerNames = [
        "Medicare", "Medicaid", "Blue Heron Health Plan", "Harbor Mutual Insurance", "Northfield Benefit Trust",
        "Summit Care Plans",
    ]
}
