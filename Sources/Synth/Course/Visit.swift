/// One meeting of a patient with the care network.
package struct Visit {
    /// When it begins, by the clock of the place.
    package let start: WallTime
    let minutes: Int
    /// What it is for.
    package let kind: VisitKind
    /// The lasting illness that it is about.
    let illness: Illness?
    /// An index of `Complaint.all`, for a short illness or injury.
    let complaint: Int?
    /// The first day of the pregnancy that it belongs to.
    let pregnancyStart: Int?
    /// The position in drawing, which decides between visits of the same minute.
    let order: Int

    /// The day on which it begins, counted from 1970-01-01.
    package var day: Int { start.day }
    /// When it is over.
    package var end: WallTime { start.adding(minutes: minutes) }
}
