internal import Glibc

/// Distances on the earth taken as a sphere.
enum GreatCircle {
    static let earthRadiusMeters = 6_371_008.8

    /// The distance of two points given in degrees, by the haversine formula.
    static func meters(
        fromLatitude: Double, longitude fromLongitude: Double, toLatitude: Double, longitude toLongitude: Double
    ) -> Double {
        let radians = Double.pi / 180
        let latitudeHalf = sin((toLatitude - fromLatitude) * radians / 2)
        let longitudeHalf = sin((toLongitude - fromLongitude) * radians / 2)
        let chord =
            latitudeHalf * latitudeHalf + cos(fromLatitude * radians) * cos(toLatitude * radians) * longitudeHalf
            * longitudeHalf
        return 2 * earthRadiusMeters * asin(min(1, chord.squareRoot()))
    }
}
