extension IllnessFacts {
    /// Illnesses of breath, mind, bone, skin, gut and blood, and the cancers.
    static func other(_ illness: Illness) -> IllnessFacts {
        switch illness {
        case .asthma:
            IllnessFacts(
                "195967001", "Asthma", "J45.909", "Unspecified asthma, uncomplicated", perMille: 100, ages: 3...40,
                promotedBy: [.hayFever, .eczema], visitsPerDecade: 10, drugs: [.albuterol, .fluticasone],
                plan: (
                    "Sleeps through, rescue inhaler less than twice a week.",
                    "Wheezing at night; inhaler technique corrected, controller stepped up."
                ))
        case .lungDisease:
            IllnessFacts(
                "13645005", "Chronic obstructive lung disease", "J44.9", "Chronic obstructive pulmonary disease",
                perMille: 90, ages: 45...85, visitsPerDecade: 20, drugs: [.albuterol, .fluticasoneSalmeterol],
                plan: (
                    "Breathing unchanged, walks one mile.",
                    "More breathless with cough; short prednisone course, smoking addressed."
                ))
        case .depression:
            IllnessFacts(
                "370143000", "Major depressive disorder", "F32.9",
                "Major depressive disorder, single episode, unspecified", perMille: 150, ages: 14...70,
                visitsPerDecade: 16, drugs: [.sertraline],
                plan: (
                    "Mood improved, sleeping and eating well, no thoughts of self-harm.",
                    "Low mood persists; dose raised, counselling arranged, no plans of self-harm."
                ))
        case .anxiety:
            IllnessFacts(
                "21897009", "Generalized anxiety disorder", "F41.1", "Generalized anxiety disorder", perMille: 110,
                ages: 14...65, visitsPerDecade: 10, drugs: [.escitalopram],
                plan: (
                    "Worry manageable with breathing exercises.", "Worry most days; therapy and medication reviewed."
                ))
        case .attentionDeficit:
            IllnessFacts(
                "406506008", "Attention deficit hyperactivity disorder", "F90.9",
                "Attention-deficit hyperactivity disorder, unspecified type", perMille: 80, ages: 6...14,
                visitsPerDecade: 22, drugs: [.methylphenidate],
                plan: ("School reports good, growth on its curve.", "Restless in class by afternoon; dose reviewed."))
        case .ironDeficiency:
            IllnessFacts(
                "87522002", "Iron deficiency anemia", "D50.9", "Iron deficiency anemia, unspecified", perMille: 70,
                ages: 12...80, visitsPerDecade: 6, drugs: [.ferrousSulfate], panels: [.bloodCount, .ferritin],
                plan: ("Hemoglobin recovering on iron.", "Hemoglobin low; iron daily, source of loss being sought."))
        case .migraine:
            IllnessFacts(
                "37796009", "Migraine", "G43.909", "Migraine, unspecified, not intractable, without status migrainosus",
                perMille: 110, ages: 12...50, visitsPerDecade: 5, drugs: [.naproxen],
                plan: ("One attack a month, treated early.", "Attacks weekly; diary and sleep regularity advised."))
        case .sleepApnea:
            IllnessFacts(
                "78275009", "Obstructive sleep apnea syndrome", "G47.33", "Obstructive sleep apnea (adult) (pediatric)",
                perMille: 90, ages: 30...75, promotedBy: [.obesity], visitsPerDecade: 4,
                plan: ("Uses CPAP most nights and wakes rested.", "Daytime sleepiness; mask refitted."))
        case .kneeArthritis:
            IllnessFacts(
                "239873007", "Osteoarthritis of knee", "M17.9", "Osteoarthritis of knee, unspecified", perMille: 200,
                ages: 45...85, promotedBy: [.obesity], visitsPerDecade: 6, drugs: [.naproxen],
                plan: ("Walks daily with little pain.", "Knee pain on stairs; exercises, injection considered."))
        case .osteoporosis:
            IllnessFacts(
                "64859006", "Osteoporosis", "M81.0",
                "Age-related osteoporosis without current pathological fracture", perMille: 160, ages: 55...88,
                visitsPerDecade: 4, drugs: [.alendronate], panels: [.vitaminD],
                plan: (
                    "No falls; calcium and walking continue.", "Bone density lower; treatment reviewed, home made safe."
                ))
        case .reflux:
            IllnessFacts(
                "235595009", "Gastroesophageal reflux disease", "K21.9",
                "Gastro-esophageal reflux disease without esophagitis", perMille: 180, ages: 20...80,
                promotedBy: [.obesity], visitsPerDecade: 4, drugs: [.omeprazole],
                plan: ("Heartburn rare.", "Heartburn at night; late meals to be avoided, dose reviewed."))
        case .rheumatoidArthritis:
            IllnessFacts(
                "69896004", "Rheumatoid arthritis", "M06.9", "Rheumatoid arthritis, unspecified", perMille: 12,
                ages: 25...75, visitsPerDecade: 30, drugs: [.methotrexate], panels: [.inflammation, .bloodCount],
                plan: (
                    "Morning stiffness under half an hour.", "Swollen wrists; methotrexate adjusted, bloods monthly."
                ))
        case .dementia:
            IllnessFacts(
                "26929004", "Alzheimer's disease", "G30.9", "Alzheimer's disease, unspecified", perMille: 190,
                ages: 68...95, visitsPerDecade: 16, drugs: [.donepezil],
                plan: (
                    "Manages at home with the family's support.",
                    "More forgetful, wandered once; caregiver support and safety at home arranged."
                ))
        case .enlargedProstate:
            IllnessFacts(
                "266569009", "Benign prostatic hyperplasia", "N40.0",
                "Benign prostatic hyperplasia without lower urinary tract symptoms", perMille: 300, ages: 50...85,
                sex: .male, visitsPerDecade: 5, drugs: [.tamsulosin, .finasteride], panels: [.prostate],
                plan: ("Stream fair, up once a night.", "Up four times a night; second drug added."))
        case .hayFever:
            IllnessFacts(
                "367498001", "Seasonal allergic rhinitis", "J30.2", "Other seasonal allergic rhinitis", perMille: 170,
                ages: 4...35, visitsPerDecade: 3, drugs: [.cetirizine],
                plan: ("Controlled in season.", "Sneezing and itching despite tablets; nasal spray advised."))
        case .eczema:
            IllnessFacts(
                "24079001", "Atopic dermatitis", "L20.9", "Atopic dermatitis, unspecified", perMille: 110, ages: 0...10,
                visitsPerDecade: 5, drugs: [.hydrocortisone],
                plan: ("Skin soft with daily ointment.", "Flare in the elbow folds; cream for two weeks."))
        case .breastCancer:
            IllnessFacts(
                "254837009", "Malignant neoplasm of breast", "C50.919",
                "Malignant neoplasm of unspecified site of unspecified female breast", perMille: 90, ages: 40...85,
                sex: .female, visitsPerDecade: 40, drugs: [.anastrozole], panels: [.bloodCount, .metabolic],
                plan: ("No sign of recurrence.", "On treatment, tired but eating; bloods before each cycle."))
        case .colonCancer:
            IllnessFacts(
                "363406005", "Malignant tumor of colon", "C18.9", "Malignant neoplasm of colon, unspecified",
                perMille: 30, ages: 45...88, visitsPerDecade: 40, panels: [.bloodCount, .metabolic],
                plan: (
                    "No sign of recurrence; colonoscopy clear.",
                    "On treatment after resection; weight and counts watched."
                ))
        case .prostateCancer:
            IllnessFacts(
                "399068003", "Malignant tumor of prostate", "C61", "Malignant neoplasm of prostate", perMille: 80,
                ages: 55...88, sex: .male, visitsPerDecade: 24, panels: [.prostate],
                plan: ("PSA low and steady; surveillance continues.", "PSA rising; urology to review imaging."))
        default:
            IllnessFacts(
                "84757009", "Epilepsy", "G40.909", "Epilepsy, unspecified, not intractable, without status epilepticus",
                perMille: 14, ages: 2...60, visitsPerDecade: 14, drugs: [.phenytoin],
                plan: ("No seizure since the last visit; does not drive at night.", "One seizure after a missed dose."))
        }
    }
}
