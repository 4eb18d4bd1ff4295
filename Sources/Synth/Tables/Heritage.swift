/// Where a family's names and language come from.
package struct Heritage: Sendable {
    /// Given names of women.
    package let femaleNames: [StaticString]
    /// Given names of men.
    package let maleNames: [StaticString]
    /// Family names.
    package let familyNames: [StaticString]
    /// True where people bear the family names of both parents.
    let bearsTwoFamilyNames: Bool
    /// The language other than English that some of them speak best, with its BCP 47 tag.
    let language: (tag: StaticString, name: StaticString)
    /// How many of a thousand speak that language best.
    let languagePerMille: Int
    /// The OMB race category.
    let race: (code: StaticString, display: StaticString)
    let isHispanic: Bool
    /// How many of a hundred patients are of this heritage.
    let weight: Int

    /// The heritages that patients and clinicians are drawn from.
    package static let all: [Heritage] = [
        anglo, hispanic, africanAmerican, chinese, vietnamese, indian, slavic, french, german, nordic, arab, portuguese,
    ]

    private static let white: (code: StaticString, display: StaticString) = ("2106-3", "White")
    private static let black: (code: StaticString, display: StaticString) = ("2054-5", "Black or African American")
    private static let asian: (code: StaticString, display: StaticString) = ("2028-9", "Asian")

    private static let anglo = Heritage(
        femaleNames: [
            "Mary", "Patricia", "Jennifer", "Linda", "Elizabeth", "Barbara", "Susan", "Jessica", "Sarah", "Karen",
            "Nancy", "Margaret", "Emily", "Ashley", "Olivia", "Charlotte", "Amelia", "Grace", "Hannah", "Ruth",
            "Evelyn", "Alice", "Chloe", "Megan", "Rachel", "Joan", "Shirley", "Heather", "Claire", "Abigail",
        ],
        maleNames: [
            "James", "Robert", "John", "Michael", "William", "David", "Richard", "Joseph", "Thomas", "Charles",
            "Daniel", "Matthew", "Mark", "Steven", "Andrew", "Kevin", "Brian", "George", "Edward", "Ronald", "Liam",
            "Noah", "Henry", "Jack", "Owen", "Walter", "Harold", "Ethan", "Samuel", "Benjamin",
        ],
        familyNames: [
            "Smith", "Johnson", "Brown", "Jones", "Miller", "Davis", "Wilson", "Anderson", "Taylor", "Moore", "Martin",
            "Thompson", "White", "Harris", "Clark", "Lewis", "Walker", "Hall", "Young", "King", "Wright", "Hill",
            "Green", "Baker", "Nelson", "Campbell", "Mitchell", "Roberts", "O'Brien", "O'Connor", "McCarthy",
            "MacDonald", "Murphy", "Sullivan", "Whitaker", "Ashworth", "Holloway", "Pemberton", "Fairchild",
        ],
        bearsTwoFamilyNames: false, language: ("en-US", "English (United States)"), languagePerMille: 1000, race: white,
        isHispanic: false, weight: 44)

    private static let hispanic = Heritage(
        femaleNames: [
            "María", "Sofía", "Lucía", "Guadalupe", "Carmen", "Ana", "Rosa", "Isabel", "Valentina", "Camila", "Elena",
            "Inés", "Verónica", "Mónica", "Concepción", "Belén", "Raquel", "Dolores", "Esperanza", "Ximena",
        ],
        maleNames: [
            "José", "Luis", "Carlos", "Juan", "Jesús", "Miguel", "Ángel", "Andrés", "Ramón", "Raúl", "Javier", "Adán",
            "Héctor", "Óscar", "Martín", "Tomás", "Julián", "Diego", "Santiago", "Mateo",
        ],
        familyNames: [
            "García", "Rodríguez", "Martínez", "Hernández", "López", "González", "Pérez", "Sánchez", "Ramírez",
            "Torres", "Flores", "Rivera", "Gómez", "Díaz", "Cruz", "Morales", "Ortiz", "Gutiérrez", "Núñez",
            "Castañeda",
            "Peña", "Muñoz", "Vásquez", "Álvarez", "Jiménez", "Delgado", "Ibáñez", "Cárdenas", "Quiñones",
        ],
        bearsTwoFamilyNames: true, language: ("es", "Spanish"), languagePerMille: 520, race: white, isHispanic: true,
        weight: 18)

    private static let africanAmerican = Heritage(
        femaleNames: [
            "Keisha", "Aaliyah", "Imani", "Tanisha", "Ebony", "Latoya", "Monique", "Denise", "Yolanda", "Nia", "Jada",
            "Gloria", "Bernice", "Maya", "Zora", "Simone", "Renée", "Thelma", "Vanessa", "Destiny",
        ],
        maleNames: [
            "Malik", "Darnell", "Terrence", "Marcus", "Andre", "Jamal", "Isaiah", "Elijah", "Curtis", "Reginald",
            "Clarence", "Tyrone", "Xavier", "Kendrick", "DeShawn", "Langston", "Booker", "Darius", "Leon", "Cedric",
        ],
        familyNames: [
            "Washington", "Jefferson", "Banks", "Booker", "Jackson", "Robinson", "Coleman", "Freeman", "Hayes",
            "Bryant", "Simmons", "Gaines", "Dorsey", "Mosley", "Whitfield", "Battle", "Singleton", "Hairston",
        ],
        bearsTwoFamilyNames: false, language: ("en-US", "English (United States)"), languagePerMille: 1000, race: black,
        isHispanic: false, weight: 13)

    private static let chinese = Heritage(
        femaleNames: ["Mei", "Li", "Xiu", "Yan", "Hua", "Jing", "Ying", "Fang", "Lan", "Min", "Grace", "Vivian"],
        maleNames: ["Wei", "Jun", "Ming", "Hao", "Jian", "Bo", "Feng", "Lei", "Tao", "Qiang", "Kevin", "Raymond"],
        familyNames: ["Chen", "Wang", "Li", "Zhang", "Liu", "Huang", "Lin", "Wu", "Zhou", "Xu", "Lü", "Ng", "Leung"],
        bearsTwoFamilyNames: false, language: ("zh", "Chinese"), languagePerMille: 480, race: asian, isHispanic: false,
        weight: 4)

    private static let vietnamese = Heritage(
        femaleNames: ["Linh", "Hương", "Thảo", "Ngọc", "Mai", "Lan", "Thủy", "Hạnh", "Trâm", "Vân"],
        maleNames: ["Minh", "Tuấn", "Dũng", "Hùng", "Quân", "Đức", "Khánh", "Phúc", "Thắng", "Việt"],
        familyNames: ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ"],
        bearsTwoFamilyNames: false, language: ("vi", "Vietnamese"), languagePerMille: 560, race: asian,
        isHispanic: false, weight: 3)

    private static let indian = Heritage(
        femaleNames: ["Priya", "Ananya", "Lakshmi", "Deepa", "Kavita", "Sunita", "Meera", "Pooja", "Asha", "Nandini"],
        maleNames: ["Arjun", "Rahul", "Vikram", "Sanjay", "Anil", "Rohan", "Suresh", "Amit", "Ravi", "Kiran"],
        familyNames: ["Patel", "Sharma", "Singh", "Gupta", "Reddy", "Iyer", "Kumar", "Desai", "Mehta", "Nair", "Rao"],
        bearsTwoFamilyNames: false, language: ("hi", "Hindi"), languagePerMille: 220, race: asian, isHispanic: false,
        weight: 4)

    private static let slavic = Heritage(
        femaleNames: ["Anna", "Katarzyna", "Małgorzata", "Olga", "Irina", "Zofia", "Jadwiga", "Božena", "Ivana"],
        maleNames: ["Paweł", "Stanisław", "Ivan", "Sergei", "Tomasz", "Łukasz", "Jiří", "Milan", "Goran"],
        familyNames: [
            "Kowalski", "Nowak", "Wiśniewski", "Wójcik", "Petrov", "Ivanov", "Dvořák", "Novák", "Horvat", "Jovanović",
            "Zieliński", "Kovačić",
        ],
        bearsTwoFamilyNames: false, language: ("pl", "Polish"), languagePerMille: 160, race: white, isHispanic: false,
        weight: 4)

    private static let french = Heritage(
        femaleNames: ["Geneviève", "Hélène", "Amélie", "Chantal", "Brigitte", "Zoé", "Noëlle", "Solange", "Aimée"],
        maleNames: ["François", "René", "Étienne", "Jérôme", "Benoît", "Gaël", "Luc", "Marcel", "Raphaël"],
        familyNames: ["Lefebvre", "Beauchêne", "Côté", "Gagnon", "Thibodeaux", "Boudreaux", "Désir", "Léger", "Pagé"],
        bearsTwoFamilyNames: false, language: ("fr", "French"), languagePerMille: 250, race: white, isHispanic: false,
        weight: 3)

    private static let german = Heritage(
        femaleNames: ["Ursula", "Greta", "Heidi", "Ingrid", "Käthe", "Annelise", "Marlene", "Frieda", "Lieselotte"],
        maleNames: ["Hans", "Karl", "Jürgen", "Günther", "Otto", "Klaus", "Jörg", "Werner", "Friedrich"],
        familyNames: ["Müller", "Schäfer", "Weiß", "Krüger", "Schröder", "Becker", "Vogel", "Köhler", "Zimmermann"],
        bearsTwoFamilyNames: false, language: ("de", "German"), languagePerMille: 60, race: white, isHispanic: false,
        weight: 3)

    private static let nordic = Heritage(
        femaleNames: ["Astrid", "Sigrid", "Åsa", "Solveig", "Linnéa", "Freja", "Maja", "Ragnhild"],
        maleNames: ["Lars", "Søren", "Bjørn", "Håkon", "Göran", "Anders", "Leif", "Jørgen"],
        familyNames: [
            "Johansson", "Lindström", "Sørensen", "Åkerman", "Nygård", "Østergaard", "Bergström", "Halvorsen",
        ],
        bearsTwoFamilyNames: false, language: ("en-US", "English (United States)"), languagePerMille: 1000, race: white,
        isHispanic: false, weight: 2)

    private static let arab = Heritage(
        femaleNames: ["Fatima", "Layla", "Amina", "Noor", "Zaynab", "Hanan", "Rania", "Samira"],
        maleNames: ["Omar", "Khalid", "Yusuf", "Tariq", "Hassan", "Karim", "Ibrahim", "Nabil"],
        familyNames: ["Haddad", "Khoury", "Mansour", "Nasser", "Saleh", "Farah", "Aziz", "Hamdan"],
        bearsTwoFamilyNames: false, language: ("ar", "Arabic"), languagePerMille: 360, race: white, isHispanic: false,
        weight: 1)

    private static let portuguese = Heritage(
        femaleNames: ["Conceição", "Beatriz", "Inês", "Leonor", "Fátima", "Lurdes", "Graça", "Teresa"],
        maleNames: ["João", "António", "Joaquim", "Tiago", "Nuno", "Simão", "Estêvão", "Rui"],
        familyNames: ["Silva", "Conceição", "Magalhães", "Simões", "Araújo", "Gonçalves", "Falcão", "Medeiros"],
        bearsTwoFamilyNames: false, language: ("pt", "Portuguese"), languagePerMille: 300, race: white,
        isHispanic: false, weight: 1)
}
