internal import Base

extension PatientRecord {
    private static let usCore: StaticString = "http://hl7.org/fhir/us/core/StructureDefinition/"

    /// The clinician that the patient usually sees.
    var familyClinician: Int {
        let isChild = person.age(on: person.lastDay) < 18
        let specialty: Specialty =
            isChild ? .pediatrics : constitution.choice & 4 == 0 ? .familyMedicine : .internalMedicine
        return network.clinician(specialty, city: person.cityIndex, choice: constitution.choice)
    }

    /// Writes the Patient resource.
    mutating func writePatient() {
        let out = writer.out
        writer.open(.patient, person.id)
        out.write(#","meta":{"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"HTEST","#)
        out.write(#""display":"test health data"}]}"#)
        writeExtensions()
        writeIdentifiers()
        out.write(#","active":true"#)
        writeNames()
        writeTelecom()
        writer.field("gender", person.sex.code)
        writer.field("birthDate", day: person.birthDay)
        if let deathDay = person.deathDay {
            writer.field("deceasedDateTime", WallTime(day: deathDay, minute: person.deathMinute), zone: zone)
        }
        writeAddress()
        writer.field("maritalStatus", person.maritalStatus)
        out.write(person.isTwin ? #","multipleBirthInteger":2"# : #","multipleBirthBoolean":false"#)
        writeContact()
        writeLanguage()
        out.write(#","generalPractitioner":["#)
        writeClinicianReference(familyClinician)
        out.write("]")
        writer.name("managingOrganization")
        writeOrganizationReference(network.organizations[person.cityIndex * 2])
        writer.close(.patient)
    }

    private func writeExtensions() {
        let out = writer.out
        out.write(#","extension":[{"url":""#)
        out.write(PatientRecord.usCore)
        out.write(#"us-core-race","extension":["#)
        writeCategory(person.heritage.race.code, person.heritage.race.display)
        out.write(#"]},{"url":""#)
        out.write(PatientRecord.usCore)
        out.write(#"us-core-ethnicity","extension":["#)
        if person.heritage.isHispanic {
            writeCategory("2135-2", "Hispanic or Latino")
        } else {
            writeCategory("2186-5", "Not Hispanic or Latino")
        }
        out.write(#"]},{"url":""#)
        out.write(PatientRecord.usCore)
        out.write(#"us-core-birthsex","valueCode":""#)
        out.write(person.sex.birthCode)
        out.write(#""},{"url":"http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName","valueString":"#)
        writeJSONString(person.motherName, to: out)
        out.write("}]")
    }

    private func writeCategory(_ code: StaticString, _ display: StaticString) {
        let out = writer.out
        out.write(#"{"url":"ombCategory","valueCoding":{"system":"urn:oid:2.16.840.1.113883.6.238","code":""#)
        out.write(code)
        out.write(#"","display":"#)
        writeJSONString(display, to: out)
        out.write(#"}},{"url":"text","valueString":"#)
        writeJSONString(display, to: out)
        out.write("}")
    }

    private func writeIdentifiers() {
        let out = writer.out
        out.write(#","identifier":[{"use":"usual","type":"#)
        Concept(.identifierType, "MR", "Medical record number").write(into: out)
        out.write(#","system":"https://martlet.example/synth/mrn","value":""#)
        out.writeWhole(person.medicalRecordNumber)
        out.write(#""},{"use":"official","type":"#)
        Concept(.identifierType, "SS", "Social Security number").write(into: out)
        out.write(#","system":"http://hl7.org/fhir/sid/us-ssn","value":""#)
        let number = person.socialSecurityNumber
        out.writePadded(number.area, width: 3)
        out.write("-")
        out.writePadded(number.group, width: 2)
        out.write("-")
        out.writePadded(number.serial, width: 4)
        out.write(#""}"#)
        if person.age(on: person.lastDay) >= 17 {
            out.write(#",{"use":"official","type":"#)
            Concept(.identifierType, "DL", "Driver's license number").write(into: out)
            out.write(#","system":"urn:oid:2.16.840.1.113883.4.3.25","value":"S999"#)
            out.writePadded(person.medicalRecordNumber % 100_000, width: 5)
            out.write(#""}"#)
        }
        out.write("]")
    }

    private func writeNames() {
        let out = writer.out
        out.write(#","name":[{"use":"official","family":"#)
        writeJSONString(person.name.family, to: out)
        writeGivenNames(person.name)
        out.write("}")
        if let maidenName = person.maidenName {
            out.write(#",{"use":"maiden","family":"#)
            writeJSONString(maidenName, to: out)
            writeGivenNames(person.name)
            out.write("}")
        }
        out.write("]")
    }

    private func writeGivenNames(_ name: PersonName) {
        let out = writer.out
        out.write(#","given":["#)
        writeJSONString(name.given, to: out)
        if let middle = name.middle {
            out.write(",")
            writeJSONString(middle, to: out)
        }
        out.write("]")
        if name.prefix.utf8CodeUnitCount > 0 {
            out.write(#","prefix":["#)
            writeJSONString(name.prefix, to: out)
            out.write("]")
        }
    }

    private func writeTelecom() {
        let out = writer.out
        var count = 0
        func phone(_ digits: Int, _ use: StaticString) {
            out.write(count == 0 ? #","telecom":[{"system":"phone","value":"("# : #",{"system":"phone","value":"("#)
            out.write(person.city.areaCode)
            out.write(") 555-0")
            out.writePadded(digits, width: 3)
            out.write(#"","use":""#)
            out.write(use)
            out.write(#""}"#)
            count += 1
        }
        if let home = person.phones.home { phone(home, "home") }
        if let mobile = person.phones.mobile { phone(mobile, "mobile") }
        if count == 0 { phone(100 + person.medicalRecordNumber % 100, "home") }
        if let email = person.email {
            out.write(#",{"system":"email","value":"#)
            writeJSONString(email, to: out)
            out.write("}")
        }
        out.write("]")
    }

    private func writeAddress() {
        let out = writer.out
        out.write(#","address":[{"use":"home","line":["#)
        writeJSONString(person.street, to: out)
        if let apartment = person.apartment {
            out.write(#","Apt "#)
            out.writeWhole(apartment)
            out.write("\"")
        }
        out.write(#"],"city":"#)
        writeJSONString(person.city.name, to: out)
        out.write(#","state":""#)
        out.write(person.city.state)
        out.write(#"","postalCode":""#)
        out.write(person.postalCode)
        out.write(#"","country":"US"}]"#)
    }

    private func writeContact() {
        let out = writer.out
        let isChild = person.age(on: person.lastDay) < 18
        out.write(#","contact":[{"relationship":["#)
        Concept(.contactRole, isChild ? "N" : "C", isChild ? "Next-of-Kin" : "Emergency Contact").write(into: out)
        out.write(#"],"name":{"family":"#)
        writeJSONString(isChild ? person.name.family : person.contact.family, to: out)
        out.write(#","given":["#)
        writeJSONString(person.contact.given, to: out)
        out.write(#"]},"telecom":[{"system":"phone","value":"("#)
        out.write(person.city.areaCode)
        out.write(") 555-0")
        out.writePadded(100 + constitution.choice % 100, width: 3)
        out.write(#""}]}]"#)
    }

    private func writeLanguage() {
        let out = writer.out
        let isForeign = person.speaksHeritageLanguage
        let language = isForeign ? person.heritage.language : (tag: "en-US", name: "English (United States)")
        out.write(#","communication":[{"language":{"coding":[{"system":"urn:ietf:bcp:47","code":""#)
        out.write(language.tag)
        out.write(#"","display":"#)
        writeJSONString(language.name, to: out)
        out.write(#"}],"text":"#)
        writeJSONString(language.name, to: out)
        out.write(#"},"preferred":true}]"#)
    }

    /// Writes the Coverage that pays for the visits.
    mutating func writeCoverage() {
        let age = person.age(on: person.lastDay)
        let choice = age >= 65 ? 0 : constitution.choice % 5 == 0 ? 1 : 2 + constitution.choice / 8 % 4
        let out = writer.out
        writer.open(.coverage, coverageID)
        writer.field("status", "active")
        writer.field(
            "type",
            choice < 2
                ? Concept(.actCode, "PUBLICPOL", "public healthcare")
                : Concept(.actCode, "EHCPOL", "extended healthcare"))
        out.write(#","subscriberId":""#)
        out.writeWhole(person.medicalRecordNumber * 7 % 900_000_007 + 100_000_000)
        out.write("\"")
        writer.field("beneficiary", .patient, person.id)
        writer.field(
            "relationship", Concept(.subscriberRelationship, age < 18 ? "child" : "self", age < 18 ? "Child" : "Self"))
        writer.period("period", from: WallTime(day: plan.firstDay, minute: 0), to: nil, zone: zone)
        out.write(#","payor":["#)
        writeOrganizationReference(network.payer(choice))
        out.write("]")
        writer.close(.coverage)
    }
}
