/// A city of the United States with what follows from living there.
struct City: Sendable {
    let name: StaticString
    /// The two-letter postal abbreviation.
    let state: StaticString
    /// Five-digit ZIP codes of the city.
    let postalCodes: [StaticString]
    /// The telephone area code.
    let areaCode: StaticString
    let zone: Zone
    /// How many of a thousand or so patients live there.
    let weight: Int

    init(
        _ name: StaticString, _ state: StaticString, _ postalCodes: [StaticString], _ areaCode: StaticString,
        _ zone: Zone, _ weight: Int
    ) {
        self.name = name
        self.state = state
        self.postalCodes = postalCodes
        self.areaCode = areaCode
        self.zone = zone
        self.weight = weight
    }

    /// The cities where patients live and where each has a hospital and a clinic.
    static let all: [City] = [
        City("Boston", "MA", ["02115", "02118", "02130"], "617", .eastern, 40),
        City("Worcester", "MA", ["01602", "01605"], "508", .eastern, 16),
        City("Springfield", "MA", ["01103", "01108"], "413", .eastern, 12),
        City("Providence", "RI", ["02904", "02906"], "401", .eastern, 14),
        City("Hartford", "CT", ["06105", "06106"], "860", .eastern, 12),
        City("New York", "NY", ["10025", "10027", "10128"], "212", .eastern, 70),
        City("Brooklyn", "NY", ["11201", "11215", "11226"], "718", .eastern, 55),
        City("Buffalo", "NY", ["14209", "14216"], "716", .eastern, 14),
        City("Newark", "NJ", ["07103", "07104"], "973", .eastern, 16),
        City("Philadelphia", "PA", ["19103", "19130", "19147"], "215", .eastern, 38),
        City("Pittsburgh", "PA", ["15213", "15217"], "412", .eastern, 18),
        City("Baltimore", "MD", ["21211", "21218"], "410", .eastern, 22),
        City("Richmond", "VA", ["23220", "23221"], "804", .eastern, 14),
        City("Raleigh", "NC", ["27605", "27607"], "919", .eastern, 16),
        City("Charlotte", "NC", ["28203", "28205"], "704", .eastern, 22),
        City("Atlanta", "GA", ["30307", "30309"], "404", .eastern, 26),
        City("Jacksonville", "FL", ["32205", "32207"], "904", .eastern, 18),
        City("Miami", "FL", ["33125", "33133"], "305", .eastern, 30),
        City("Tampa", "FL", ["33606", "33609"], "813", .eastern, 18),
        City("Cleveland", "OH", ["44109", "44113"], "216", .eastern, 20),
        City("Columbus", "OH", ["43202", "43215"], "614", .eastern, 20),
        City("Detroit", "MI", ["48201", "48207"], "313", .eastern, 22),
        City("Indianapolis", "IN", ["46202", "46205"], "317", .eastern, 18),
        City("Louisville", "KY", ["40204", "40205"], "502", .eastern, 14),
        City("Nashville", "TN", ["37203", "37206"], "615", .central, 16),
        City("Memphis", "TN", ["38104", "38112"], "901", .central, 14),
        City("Chicago", "IL", ["60608", "60614", "60640"], "312", .central, 60),
        City("Milwaukee", "WI", ["53202", "53211"], "414", .central, 16),
        City("Minneapolis", "MN", ["55406", "55408"], "612", .central, 20),
        City("St. Louis", "MO", ["63108", "63110"], "314", .central, 18),
        City("Kansas City", "MO", ["64108", "64111"], "816", .central, 16),
        City("New Orleans", "LA", ["70115", "70119"], "504", .central, 14),
        City("Houston", "TX", ["77004", "77006", "77019"], "713", .central, 50),
        City("Dallas", "TX", ["75204", "75206"], "214", .central, 34),
        City("San Antonio", "TX", ["78209", "78210"], "210", .central, 32),
        City("Austin", "TX", ["78702", "78704"], "512", .central, 20),
        City("El Paso", "TX", ["79902", "79930"], "915", .mountain, 14),
        City("Oklahoma City", "OK", ["73103", "73106"], "405", .central, 14),
        City("Denver", "CO", ["80203", "80205"], "303", .mountain, 22),
        City("Albuquerque", "NM", ["87106", "87110"], "505", .mountain, 14),
        City("Phoenix", "AZ", ["85013", "85016"], "602", .arizona, 34),
        City("Tucson", "AZ", ["85716", "85719"], "520", .arizona, 14),
        City("Salt Lake City", "UT", ["84102", "84105"], "801", .mountain, 14),
        City("Las Vegas", "NV", ["89102", "89104"], "702", .pacific, 18),
        City("Los Angeles", "CA", ["90026", "90027", "90042"], "213", .pacific, 70),
        City("San Diego", "CA", ["92103", "92104"], "619", .pacific, 30),
        City("Fresno", "CA", ["93704", "93726"], "559", .pacific, 14),
        City("Oakland", "CA", ["94606", "94610"], "510", .pacific, 18),
        City("San Francisco", "CA", ["94110", "94117"], "415", .pacific, 28),
        City("Sacramento", "CA", ["95816", "95818"], "916", .pacific, 18),
        City("Portland", "OR", ["97202", "97214"], "503", .pacific, 20),
        City("Seattle", "WA", ["98103", "98118"], "206", .pacific, 26),
        City("Spokane", "WA", ["99203", "99205"], "509", .pacific, 10),
        City("Honolulu", "HI", ["96813", "96816"], "808", .hawaii, 12),
        City("Anchorage", "AK", ["99504", "99508"], "907", .alaska, 8),
    ]

    /// Names of streets, without the kind of street.
    static let streets: [StaticString] = [
        "Maple", "Oak", "Cedar", "Elm", "Washington", "Lincoln", "Park", "Lake", "Hill", "Walnut", "Spruce", "Highland",
        "Prospect", "Church", "Willow", "River", "Franklin", "Jefferson", "Madison", "Chestnut", "Sunset", "Meadow",
        "Dogwood", "Magnolia", "Juniper", "Orchard", "Mill", "Spring", "Valley View", "Harrison", "Monroe", "Garfield",
        "Martin Luther King Jr.", "César Chávez", "Frederick Douglass", "Hawthorne", "Linden", "Sycamore", "Union",
    ]

    /// Kinds of street.
    static let streetKinds: [StaticString] = [
        "Street", "Avenue", "Road", "Drive", "Lane", "Court", "Place", "Boulevard", "Terrace", "Way",
    ]
}
