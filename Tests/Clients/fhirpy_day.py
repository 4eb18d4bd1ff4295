#!/usr/bin/env python3
"""A clinic's day through fhirpy: every answer is checked; the first that is wrong ends the run with exit code 1."""

import sys

from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import AuthorizationError, MultipleResourcesFound, OperationOutcome, ResourceNotFound

from live_server import LiveServer

SSN = "http://hl7.org/fhir/sid/us-ssn"
LOINC = "http://loinc.org"


def refused(kinds, work):
    """Runs what must fail in one of these ways, and gives the exception."""
    try:
        work()
    except kinds as error:
        return error
    raise AssertionError(f"nothing was refused with {kinds}")


def count(search):
    """How many match. fhirpy's own count() sends a parameter that FHIR does not know."""
    return search.search(_total="accurate", _count=0).fetch_raw()["total"]


def client(server, **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return SyncFHIRClient(server.base, authorization=server.authorization, extra_headers=names)


def coded(code, display):
    return {"coding": [{"system": LOINC, "code": code, "display": display}]}


def morning(server, fhir):
    """People arrive: create, read, conditional create, search."""
    practice = fhir.resource("Organization", name="Practice by the Sea").save()
    nora = fhir.resource(
        "Patient", name=[{"family": "Sørensen", "given": ["Nora", "M."]}], gender="female", birthDate="1984-02-29",
        identifier=[{"system": SSN, "value": "111-22-3333"}], managingOrganization=practice.to_reference(),
    )
    nora.save()
    assert nora["id"] and nora["meta"]["versionId"] and nora["meta"]["lastUpdated"], nora
    assert fhir.reference("Patient", nora["id"]).to_resource()["birthDate"] == "1984-02-29"

    again = fhir.resource("Patient", identifier=[{"system": SSN, "value": "111-22-3333"}])
    # fhirpy's own get_or_create puts the criteria in the address, which only some servers take and FHIR does not know.
    careful = client(server, If_None_Exist=f"identifier={SSN}|111-22-3333")
    assert careful.resource("Patient", **again).save()["id"] == nora["id"]
    assert count(fhir.resources("Patient")) == 1

    ids = {nora["id"]}
    for number in range(24):
        one = fhir.resource(
            "Patient", name=[{"family": f"Guest{number:02}"}], gender="male" if number % 2 else "female",
            birthDate=f"{1950 + number}-06-15", active=number != 3,
        )
        ids.add(one.save()["id"])
    people = fhir.resources("Patient")
    assert {one["id"] for one in people.limit(7).fetch_all()} == ids
    assert [one["id"] for one in people.search(name="sorensen").fetch()] == [nora["id"]]
    assert [one["id"] for one in people.search(family__exact="Sørensen", given="nora").fetch()] == [nora["id"]]
    assert count(people.search(gender="male")) == 12
    lenient = client(server, Prefer="handling=lenient")
    assert lenient.resources("Patient").search(gender="male").count() == 12, "lenient handling refused a parameter"
    assert count(people.search(active__not="true")) == 2
    assert count(people.search(birthdate__ge="1970", birthdate__lt="1974-06-15")) == 4
    oldest = people.sort("birthdate").limit(3).fetch()
    assert [one["birthDate"] for one in oldest] == ["1950-06-15", "1951-06-15", "1952-06-15"]
    both = people.search(_id=nora["id"]).include("Patient", "organization").fetch_raw()["entry"]
    assert [entry["resource"]["id"] for entry in both] == [nora["id"], practice["id"]], both
    names = people.search(_id=nora["id"]).elements("name").get()
    assert "name" in names and "birthDate" not in names, names
    return practice, nora


def noon(server, fhir, nora):
    """Two people work on one chart: versions, conflicts, patches, history."""
    first = nora["meta"]["versionId"]
    nora["telecom"] = [{"system": "phone", "value": "+45 33 12 00 00"}]
    nora.save()
    second = nora["meta"]["versionId"]
    assert second != first
    late = {**nora, "gender": "other"}
    stale = client(server, If_Match=f'W/"{first}"')
    error = refused(MultipleResourcesFound, lambda: stale.execute(f"Patient/{nora['id']}", "put", late))
    assert "OperationOutcome" in str(error), error
    assert client(server, If_Match=f'W/"{second}"').execute(f"Patient/{nora['id']}", "put", late)["gender"] == "other"

    json_patch = client(server, Content_Type="application/json-patch+json")
    changed = json_patch.execute(
        f"Patient/{nora['id']}", "patch",
        [{"op": "test", "path": "/gender", "value": "other"}, {"op": "replace", "path": "/gender", "value": "female"},
         {"op": "add", "path": "/telecom/-", "value": {"system": "email", "value": "nora@example.org"}}],
    )
    assert changed["gender"] == "female" and len(changed["telecom"]) == 2, changed
    refused(OperationOutcome, lambda: json_patch.execute(
        f"Patient/{nora['id']}", "patch", [{"op": "test", "path": "/gender", "value": "male"}]))
    path_patch = client(server, Content_Type="application/fhir+json")
    parameters = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": [
        {"name": "type", "valueCode": "replace"}, {"name": "path", "valueString": "Patient.birthDate"},
        {"name": "value", "valueDate": "1984-03-01"}]}]}
    assert path_patch.execute(f"Patient/{nora['id']}", "patch", parameters)["birthDate"] == "1984-03-01"

    history = fhir.execute(f"Patient/{nora['id']}/_history", "get")
    assert history["type"] == "history" and history["total"] == 5 == len(history["entry"]), history["total"]
    statuses = [entry["response"]["status"][:3] for entry in history["entry"]]
    assert statuses == ["200"] * 4 + ["201"], statuses
    assert fhir.execute(f"Patient/{nora['id']}/_history/{first}", "get").get("telecom") is None
    refused(ResourceNotFound, lambda: fhir.execute(f"Patient/{nora['id']}/_history/999999", "get"))


def afternoon(fhir, practice, nora):
    """A visit as one transaction, what is found by it, and what is refused."""
    visit, pulse = "urn:uuid:0f0e2f3a-6d4a-4a53-9a5e-0c8ea2a7a001", "urn:uuid:0f0e2f3a-6d4a-4a53-9a5e-0c8ea2a7a002"
    answer = fhir.execute("", "post", {"resourceType": "Bundle", "type": "transaction", "entry": [
        {"fullUrl": visit, "request": {"method": "POST", "url": "Encounter"}, "resource": {
            "resourceType": "Encounter", "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "subject": {"reference": f"Patient/{nora['id']}"}, "period": {"start": "2026-03-01T13:00:00Z"}}},
        {"fullUrl": pulse, "request": {"method": "POST", "url": "Observation"}, "resource": {
            "resourceType": "Observation", "status": "final", "code": coded("8867-4", "Heart rate"),
            "subject": {"reference": f"Patient?identifier={SSN}|111-22-3333"}, "encounter": {"reference": visit},
            "effectiveDateTime": "2026-03-01T13:05:00Z",
            "valueQuantity": {"value": 71.50, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"}}},
        {"request": {"method": "GET", "url": f"Patient/{nora['id']}"}},
    ]})
    assert answer["type"] == "transaction-response", answer
    assert [entry["response"]["status"][:3] for entry in answer["entry"]] == ["201", "201", "200"], answer
    encounter = answer["entry"][0]["response"]["location"].split("Encounter/")[1].split("/")[0]

    observations = fhir.resources("Observation")
    seen = observations.search(patient=nora["id"], code=f"{LOINC}|8867-4", date__ge="2026-03").get()
    assert seen["encounter"]["reference"] == f"Encounter/{encounter}", seen
    assert seen["subject"]["reference"] == f"Patient/{nora['id']}", seen
    assert count(observations.search(value_quantity="gt71|http://unitsofmeasure.org|/min")) == 1
    assert count(observations.search(value_quantity__lt="71")) == 0
    chained = observations.search(**{"subject:Patient.organization.name": "practice"}).fetch()
    assert [one["id"] for one in chained] == [seen["id"]]
    assert count(fhir.resources("Patient").search(**{"_has:Observation:patient:code": "8867-4"})) == 1

    before = count(fhir.resources("Patient"))
    create = {"method": "POST", "url": "Patient"}
    error = refused(OperationOutcome, lambda: fhir.execute("", "post", {
        "resourceType": "Bundle", "type": "transaction", "entry": [
            {"request": create, "resource": {"resourceType": "Patient", "active": True}},
            {"request": create, "resource": {"resourceType": "Patient", "gender": "?"}}]}))
    assert "entry[1]" in str(error), error
    assert count(fhir.resources("Patient")) == before, "a refused transaction left something behind"
    error = refused(OperationOutcome, lambda: fhir.resource("Patient", unknownElement=1).save())
    assert "unknownElement" in str(error), error
    error = refused(OperationOutcome, lambda: fhir.resources("Patient").search(frobnicate="1").fetch())
    assert "frobnicate" in str(error), error

    whole = fhir.execute(f"Patient/{nora['id']}/$everything", "get")
    types = sorted(entry["resource"]["resourceType"] for entry in whole["entry"])
    assert {"Patient", "Encounter", "Observation"} <= set(types), types
    data = fhir.execute("$graphql", "post", {
        "query": "query($id: ID!) { Patient(id: $id) { birthDate name { family } ObservationList(_reference: patient) "
                 "{ valueQuantity { value } } managingOrganization { resource { ... on Organization { name } } } } }",
        "variables": {"id": nora["id"]}})["data"]["Patient"]
    assert data["ObservationList"][0]["valueQuantity"]["value"] == 71.5, data
    assert data["managingOrganization"]["resource"]["name"] == practice["name"], data
    assert data["name"][0]["family"] == "Sørensen" and data["birthDate"] == "1984-03-01", data
    return seen


def evening(server, fhir, seen):
    """What was wrong is deleted; what is gone says so; who has no token sees nothing."""
    seen.delete()
    refused(ResourceNotFound, lambda: fhir.reference("Observation", seen["id"]).to_resource())
    assert count(fhir.resources("Observation").search(_id=seen["id"])) == 0
    history = fhir.execute(f"Observation/{seen['id']}/_history", "get")
    assert [entry["request"]["method"] for entry in history["entry"]][0] == "DELETE", history
    fhir.execute("Patient", "delete", params={"name": "Guest07"})
    assert count(fhir.resources("Patient").search(name="Guest07")) == 0
    stranger = SyncFHIRClient(server.base, authorization="Bearer nobody's")
    refused(AuthorizationError, lambda: stranger.resources("Patient").fetch())


def main():
    with LiveServer() as server:
        fhir = client(server)
        practice, nora = morning(server, fhir)
        noon(server, fhir, nora)
        seen = afternoon(fhir, practice, nora)
        evening(server, fhir, seen)
        assert not server.complaints(), server.complaints()
    print("fhirpy: the day's work is done", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
