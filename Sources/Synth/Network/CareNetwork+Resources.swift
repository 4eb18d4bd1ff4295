internal import Base

extension CareNetwork {
    /// Writes organizations, locations, practitioners and their roles.
    func write(_ writer: inout ResourceWriter) {
        for organization in organizations { write(organization, &writer) }
        for site in sites { write(site, &writer) }
        for clinician in clinicians {
            write(clinician, &writer)
            writeRole(of: clinician, &writer)
        }
    }

    private func write(_ organization: Organization, _ writer: inout ResourceWriter) {
        writer.open(.organization, organization.id)
        organization.identifier.writeField(into: writer.out)
        writer.out.write(#","active":true"#)
        writer.list(
            "type",
            organization.isPayer
                ? Concept(.organizationType, "pay", "Payer")
                : Concept(.organizationType, "prov", "Healthcare Provider"))
        writer.field("name", organization.name)
        writeTelecom(organization, writer)
        writer.out.write(#","address":["#)
        writeAddress(organization, writer)
        writer.out.write("]")
        writer.close(.organization, createdOnceBy: organization.identifier)
    }

    private func write(_ site: Site, _ writer: inout ResourceWriter) {
        let owner = organizations[site.organization]
        writer.open(.location, site.id)
        site.identifier.writeField(into: writer.out)
        writer.field("status", "active")
        writer.field("name", site.name)
        writer.field("mode", "instance")
        writeTelecom(owner, writer)
        writer.name("address")
        writeAddress(owner, writer)
        writer.field(
            "physicalType",
            site.isWard
                ? Concept(.locationPhysicalType, "wa", "Ward") : Concept(.locationPhysicalType, "bu", "Building"))
        writer.field("managingOrganization", .organization, owner.id)
        writer.close(.location, createdOnceBy: site.identifier)
    }

    private func write(_ clinician: Clinician, _ writer: inout ResourceWriter) {
        writer.open(.practitioner, clinician.id)
        clinician.identifier.writeField(into: writer.out)
        writer.out.write(#","active":true,"name":[{"family":"#)
        writeJSONString(clinician.name.family, to: writer.out)
        writer.out.write(#","given":["#)
        writeJSONString(clinician.name.given, to: writer.out)
        writer.out.write(#"],"prefix":["Dr."]}],"telecom":[{"system":"email","value":""#)
        writer.out.write(PersonName.plain("\(clinician.name.given)"))
        writer.out.write(".")
        writer.out.write(PersonName.plain(clinician.name.family))
        writer.out.write(#"@example.com","use":"work"}]"#)
        writer.field("gender", clinician.sex.code)
        writer.close(.practitioner, createdOnceBy: clinician.identifier)
    }

    private func writeRole(of clinician: Clinician, _ writer: inout ResourceWriter) {
        writer.open(.practitionerRole, clinician.roleID)
        clinician.identifier.writeField(into: writer.out)
        writer.out.write(#","active":true"#)
        writer.field("practitioner", .practitioner, clinician.id)
        writer.field("organization", .organization, organizations[clinician.organization].id)
        writer.list("specialty", clinician.specialty.concept)
        writer.close(.practitionerRole, createdOnceBy: clinician.identifier)
    }

    private func writeTelecom(_ organization: Organization, _ writer: ResourceWriter) {
        writer.out.write(#","telecom":[{"system":"phone","value":"("#)
        writer.out.write(City.all[organization.cityIndex].areaCode)
        writer.out.write(") 555-0")
        writer.out.writePadded(100 + organization.identifier.value % 100, width: 3)
        writer.out.write(#"","use":"work"}]"#)
    }

    private func writeAddress(_ organization: Organization, _ writer: ResourceWriter) {
        let city = City.all[organization.cityIndex]
        writer.out.write(#"{"line":["#)
        writeJSONString(organization.street, to: writer.out)
        writer.out.write(#"],"city":"#)
        writeJSONString(city.name, to: writer.out)
        writer.out.write(#","state":""#)
        writer.out.write(city.state)
        writer.out.write(#"","postalCode":""#)
        writer.out.write(city.postalCodes.first ?? "00000")
        writer.out.write(#"","country":"US"}"#)
    }
}
