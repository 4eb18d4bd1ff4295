extension IllnessFacts {
    /// Illnesses of heart, vessels and kidneys.
    static func circulatory(_ illness: Illness) -> IllnessFacts {
        switch illness {
        case .coronaryDisease:
            IllnessFacts(
                "53741008", "Coronary arteriosclerosis", "I25.10",
                "Atherosclerotic heart disease of native coronary artery without angina pectoris", perMille: 120,
                ages: 45...85, promotedBy: [.hypertension, .diabetes, .hyperlipidemia], visitsPerDecade: 14,
                drugs: [.aspirin, .atorvastatin, .nitroglycerin], panels: [.lipids, .metabolic],
                plan: (
                    "No angina. Continue aspirin and statin; stays active.",
                    "Angina on stairs. Stress test ordered, nitroglycerin use reviewed."
                ))
        case .myocardialInfarction:
            IllnessFacts(
                "22298006", "Myocardial infarction", "I21.9", "Acute myocardial infarction, unspecified", perMille: 260,
                ages: 48...92, follows: (.coronaryDisease, 90), visitsPerDecade: 6,
                drugs: [.clopidogrel, .metoprolol], panels: [.troponin, .bloodCount, .metabolic],
                startsInHospital: true,
                plan: (
                    "Recovered well; cardiac rehabilitation completed.",
                    "Chest pain with raised troponin: coronary care, intervention, dual antiplatelet treatment."
                ))
        case .atrialFibrillation:
            IllnessFacts(
                "49436004", "Atrial fibrillation", "I48.91", "Unspecified atrial fibrillation", perMille: 70,
                ages: 50...88, promotedBy: [.hypertension, .coronaryDisease], visitsPerDecade: 34,
                drugs: [.warfarin, .metoprolol, .digoxin], panels: [.coagulation],
                plan: (
                    "Rate controlled, INR in range, no bleeding.",
                    "Palpitations or INR out of range; doses adjusted, INR again next week."
                ))
        case .heartFailure:
            IllnessFacts(
                "88805009", "Chronic congestive heart failure", "I50.9", "Heart failure, unspecified", perMille: 80,
                ages: 52...92, promotedBy: [.coronaryDisease, .hypertension, .myocardialInfarction],
                visitsPerDecade: 44, drugs: [.furosemide, .losartan, .metoprolol], panels: [.natriuretic, .metabolic],
                plan: (
                    "Euvolemic, weight stable, sleeps flat.",
                    "Ankle swelling and weight gain: diuretic raised, salt restricted, weight daily."
                ))
        case .stroke:
            IllnessFacts(
                "230690007", "Cerebrovascular accident", "I63.9", "Cerebral infarction, unspecified", perMille: 60,
                ages: 50...92, promotedBy: [.hypertension, .atrialFibrillation, .diabetes], visitsPerDecade: 10,
                drugs: [.clopidogrel, .atorvastatin], panels: [.bloodCount, .metabolic, .coagulation],
                startsInHospital: true,
                plan: (
                    "No new deficit; physical therapy exercises continue.",
                    "Sudden weakness of one side: stroke unit, imaging, secondary prevention started."
                ))
        case .severeKidneyDisease:
            IllnessFacts(
                "431857002", "Chronic kidney disease stage 4", "N18.4", "Chronic kidney disease, stage 4 (severe)",
                perMille: 260, ages: 50...92, follows: (.kidneyDisease, 1500), visitsPerDecade: 30,
                panels: [.metabolic, .bloodCount, .urineAlbumin],
                plan: (
                    "Filtration stable; nephrology shares care.",
                    "Filtration falling. Access and transplant options discussed with nephrology."
                ))
        case .kidneyFailure:
            IllnessFacts(
                "46177005", "End-stage renal disease", "N18.6", "End stage renal disease", perMille: 420, ages: 50...92,
                follows: (.severeKidneyDisease, 700), visitsPerDecade: 30, drugs: [.epoetin],
                panels: [.metabolic, .bloodCount],
                plan: (
                    "Dialysis tolerated, dry weight reached.",
                    "Potassium high before dialysis; diet reviewed and time on dialysis extended."
                ))
        default:
            IllnessFacts(
                "433144002", "Chronic kidney disease stage 3", "N18.30", "Chronic kidney disease, stage 3 unspecified",
                perMille: 100, ages: 48...88, promotedBy: [.hypertension, .diabetes], visitsPerDecade: 16,
                drugs: [.losartan], panels: [.metabolic, .urineAlbumin],
                plan: (
                    "Filtration stable; avoids ibuprofen and the like.",
                    "Filtration lower than last time; blood pressure goal tightened, repeat in three months."
                ))
        }
    }
}
