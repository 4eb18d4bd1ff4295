extension LabelRules {
    private static let snomed = "http://snomed.info/sct"
    private static let diagnoses = "http://hl7.org/fhir/sid/icd-10-cm"
    private static let loinc = "http://loinc.org"
    private static let drugs = "http://www.nlm.nih.gov/research/umls/rxnorm"

    /// The rules that Martlet ships with: a beginning, which a tenant's officer for data protection edits. ICD-10-CM is
    /// covered by its chapters; of the other systems they name what is met most.
    package static let standard = LabelRules([
        rule(
            "PSY", diagnoses: ["F2", "F3", "F4", "F50", "F53", "F60", "F63", "F64", "R45.851", "T14.91"],
            // Depression, schizophrenia, bipolar disorder, anxiety, post-traumatic stress, suicide attempt.
            snomed: [
                "35489007", "370143000", "36923009", "58214004", "13746004", "48694002", "197480006", "47505003",
                "82313006", "6471006",
            ],
            // PHQ-9, PHQ-2, GAD-7.
            loinc: ["44249-1", "44261-6", "55758-7", "70274-6"],
            // Lithium carbonate, clozapine, olanzapine, risperidone, quetiapine.
            drugs: ["42351", "2626", "61381", "35636", "51272"]),
        rule(
            "SUD", diagnoses: ["F10", "F11", "F12", "F13", "F14", "F15", "F16", "F18", "F19", "O99.31", "O99.32"],
            // Alcoholism, drug abuse, drug dependence, opioid dependence, alcohol and opioid use disorders.
            snomed: ["7200002", "26416006", "191816009", "75544000", "15167005", "5602001", "55680006", "6525002"],
            // AUDIT-C, DAST-10.
            loinc: ["75626-2", "82667-7"],
            // Methadone, buprenorphine, naltrexone, disulfiram, acamprosate.
            drugs: ["6813", "1819", "7243", "3554", "82819"]),
        rule(
            "HIV", diagnoses: ["B20", "B97.35", "O98.7", "R75", "Z21"],
            // HIV infection, HIV positive, AIDS.
            snomed: ["86406008", "165816005", "62479008"],
            // HIV-1 and 2 antibodies, HIV-1 RNA.
            loinc: ["7917-8", "7918-6", "31201-7", "56888-1", "20447-9", "25836-8", "29893-5"],
            // Zidovudine, lamivudine, efavirenz, dolutegravir.
            drugs: ["11413", "68244", "195085", "1433868"]),
        rule(
            "SEX",
            diagnoses: [
                "O02", "O03", "O04", "O07", "Z30", "Z33.2", "Z64.0", "N46", "N97", "A5", "A60", "A63.0", "A64",
            ],
            // Induced termination of pregnancy, miscarriage, contraception, sterilisation, gonorrhoea, syphilis.
            snomed: ["386639001", "17369002", "13197004", "287664005", "15628003", "76272004", "240589008"],
            // Chlamydia and gonorrhoea by nucleic acid amplification.
            loinc: ["21613-5", "24111-7", "43304-5", "43305-2"],
            // Mifepristone, misoprostol, levonorgestrel.
            drugs: ["6916", "42331", "6373"]),
        LabelRule(CodeKey(labelSystem, "ADOL"), belowYears: 18),
    ])

    private static func rule(
        _ label: String, diagnoses: [String], snomed codes: [String], loinc: [String], drugs: [String]
    ) -> LabelRule {
        LabelRule(
            CodeKey(labelSystem, label),
            codes: diagnoses.map { LabelRule.Pattern(Self.diagnoses, $0, isPrefix: true) }
                + codes.map { LabelRule.Pattern(snomed, $0) } + loinc.map { LabelRule.Pattern(Self.loinc, $0) }
                + drugs.map { LabelRule.Pattern(Self.drugs, $0) })
    }
}
