/// One meeting of a patient with the care network.
struct Visit {
    let start: WallTime
    let minutes: Int
    let kind: VisitKind
    /// The lasting illness that it is about.
    let illness: Illness?
    /// An index of `Complaint.all`, for a short illness or injury.
    let complaint: Int?
    /// The first day of the pregnancy that it belongs to.
    let pregnancyStart: Int?
    /// The position in drawing, which decides between visits of the same minute.
    let order: Int

    var day: Int { start.day }
    var end: WallTime { start.adding(minutes: minutes) }
}
