/// The lasting illnesses that shape a record over years. The order is fixed: drawing follows it.
package enum Illness: Int, CaseIterable, Sendable {
    case obesity, hypertension, prediabetes, diabetes, hyperlipidemia, hayFever, eczema, asthma, lungDisease,
        coronaryDisease
    case myocardialInfarction, atrialFibrillation, heartFailure, stroke
    case kidneyDisease, severeKidneyDisease, kidneyFailure, neuropathy, retinopathy
    case depression, anxiety, attentionDeficit, hypothyroidism, ironDeficiency, vitaminDeficiency, migraine, sleepApnea
    case gout, kneeArthritis, osteoporosis, reflux, rheumatoidArthritis, dementia, enlargedProstate
    case breastCancer, colonCancer, prostateCancer, epilepsy

    /// What is known of the illness.
    package var facts: IllnessFacts { IllnessFacts.all[rawValue] }
}
