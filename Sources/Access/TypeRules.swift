/// Which types of resources may be seen and written without being about a patient, and what patients write. `docs/access.md`
/// says the same in words.
package enum TypeRules {
    /// Definitions and the directory of the tenant: in no patient's compartment, and visible to all of the tenant's roles.
    package static let common: Set<String> = [
        "ActivityDefinition", "CapabilityStatement", "CatalogEntry", "ChargeItemDefinition", "CodeSystem",
        "CompartmentDefinition", "ConceptMap", "DeviceDefinition", "EffectEvidenceSynthesis", "Endpoint",
        "EventDefinition", "Evidence", "EvidenceVariable", "ExampleScenario", "GraphDefinition", "HealthcareService",
        "ImplementationGuide", "InsurancePlan", "Library", "Location", "Measure", "Medication", "MedicationKnowledge",
        "MedicinalProduct", "MedicinalProductAuthorization", "MedicinalProductContraindication",
        "MedicinalProductIndication", "MedicinalProductIngredient", "MedicinalProductInteraction",
        "MedicinalProductManufactured", "MedicinalProductPackaged", "MedicinalProductPharmaceutical",
        "MedicinalProductUndesirableEffect", "MessageDefinition", "NamingSystem", "ObservationDefinition",
        "OperationDefinition", "Organization", "OrganizationAffiliation", "PlanDefinition", "Practitioner",
        "PractitionerRole", "Questionnaire", "ResearchDefinition", "ResearchElementDefinition", "ResearchStudy",
        "RiskEvidenceSynthesis", "SearchParameter", "Slot", "SpecimenDefinition", "StructureDefinition", "StructureMap",
        "Substance", "SubstanceNucleicAcid", "SubstancePolymer", "SubstanceProtein", "SubstanceReferenceInformation",
        "SubstanceSourceMaterial", "SubstanceSpecification", "TerminologyCapabilities", "TestReport", "TestScript",
        "ValueSet",
    ]

    /// What staff sees and writes where it is about no patient: a device in stock, a group that is only described.
    package static let staff: Set<String> = ["Device", "DeviceMetric", "Group", "Provenance", "Schedule", "Task"]

    /// Configuration that only admins see and write: it may hold secrets of other systems.
    package static let ofAdmins: Set<String> = ["Subscription"]

    /// Those of `common` that clinicians write.
    package static let commonOfClinicians: Set<String> = ["Medication", "Slot", "Substance"]

    /// What patients, and those who care for them, write into a record.
    package static let ofPatients: Set<String> = [
        "Appointment", "AppointmentResponse", "Communication", "Consent", "DocumentReference", "Observation",
        "QuestionnaireResponse",
    ]

    /// What tells who cares for a patient, or what is withheld from whom: who was let in by an exception alone (shared, an
    /// emergency) does not write it, or the exception would last.
    package static let grantingCare: Set<String> = ["CareTeam", "Consent", "Patient", "Person", "RelatedPerson"]
}
