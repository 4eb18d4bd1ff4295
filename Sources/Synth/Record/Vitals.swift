/// The vital signs last taken, in units of the last digit that is reported; 0 where never taken.
struct Vitals {
    /// Millimetres.
    var height = 0
    /// Tenths of a kilogram.
    var weight = 0
    /// Hundredths of kg/m².
    var massIndex = 0
    /// mm Hg.
    var systolic = 0
    var diastolic = 0
    /// Per minute.
    var pulse = 0
    var breaths = 0
    /// Tenths of a degree Celsius.
    var temperature = 0
    /// Percent.
    var oxygen = 0
}
