#!/usr/bin/env python3
"""A ward's day through fhirclient, whose models read every answer strictly: exit code 1 where one is wrong."""

import sys

from fhirclient import client
from fhirclient.models.bundle import Bundle, BundleEntry, BundleEntryRequest
from fhirclient.models.codeableconcept import CodeableConcept
from fhirclient.models.coding import Coding
from fhirclient.models.condition import Condition
from fhirclient.models.fhirdate import FHIRDate
from fhirclient.models.fhirreference import FHIRReference
from fhirclient.models.humanname import HumanName
from fhirclient.models.observation import Observation
from fhirclient.models.patient import Patient
from fhirclient.models.quantity import Quantity
from fhirclient.server import FHIRNotFoundException
from requests.exceptions import HTTPError

from live_server import LiveServer

CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"


def concept(system, code):
    coding = Coding()
    coding.system, coding.code = system, code
    made = CodeableConcept()
    made.coding = [coding]
    return made


def reference(text):
    made = FHIRReference()
    made.reference = text
    return made


def admit(fhir, family, born):
    patient = Patient({"birthDate": born, "gender": "unknown"})
    name = HumanName()
    name.family, name.given = family, ["Test"]
    patient.name = [name]
    answer = patient.create(fhir)
    assert answer["resourceType"] == "Patient" and answer["id"], answer
    return Patient(answer)


def entry(resource, method, url, full_url=None):
    made, request = BundleEntry(), BundleEntryRequest()
    request.method, request.url = method, url
    made.request, made.resource, made.fullUrl = request, resource, full_url
    return made


def day(server):
    smart = client.FHIRClient(settings={"app_id": "martlet-test", "api_base": server.base})
    assert not smart.prepare(), "the CapabilityStatement asks nobody to sign in"
    smart.server.auth.access_token = server.token
    assert smart.ready, "a token that was given elsewhere is not taken"
    fhir = smart.server
    statement = fhir.capabilityStatement
    assert statement.fhirVersion == "4.0.1"
    served = {resource.type: resource for resource in statement.rest[0].resource}
    assert {"create", "read", "update", "delete", "patch"} <= {one.code for one in served["Patient"].interaction}

    patients = [admit(fhir, family, born) for family, born in (("Abel", "1931-01-07"), ("Berg", "2019-11-30"))]
    abel = Patient.read(patients[0].id, fhir)
    assert abel.birthDate.isostring == "1931-01-07" and smart.human_name(abel.name[0]) == "Test Abel"

    abel.gender = "male"
    changed = Patient(abel.update(fhir))
    assert changed.gender == "male" and changed.meta.versionId != patients[0].meta.versionId
    same = Patient(changed.update(fhir))
    assert same.meta.versionId == changed.meta.versionId, "the same content again made a version"

    mother, child = "urn:uuid:5f6ea3a0-11d0-4f51-8b1c-3b39e5a3f001", "urn:uuid:5f6ea3a0-11d0-4f51-8b1c-3b39e5a3f002"
    asthma = Condition()
    asthma.code = concept("http://snomed.info/sct", "195967001")
    asthma.clinicalStatus = concept(CLINICAL, "active")
    asthma.subject = reference(mother)
    weight = Observation()
    weight.status, weight.code = "final", concept("http://loinc.org", "29463-7")
    weight.subject, weight.effectiveDateTime = reference(mother), observed("2026-02-03T08:15:00+01:00")
    weight.valueQuantity = Quantity({"value": 3.25, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"})
    bundle = Bundle()
    bundle.type = "transaction"
    bundle.entry = [
        entry(Patient({"name": [{"family": "Clark"}]}), "POST", "Patient", mother),
        entry(asthma, "POST", "Condition", child),
        entry(weight, "POST", "Observation"),
    ]
    answer = Bundle(bundle.create(fhir))
    assert answer.type == "transaction-response"
    assert all(one.response.status.startswith("201") for one in answer.entry), answer.as_json()
    clark = answer.entry[0].response.location.split("Patient/")[1].split("/")[0]

    found = Condition.where({"subject": f"Patient/{clark}", "clinical-status": "active"}).perform_resources(fhir)
    assert [one.subject.reference for one in found] == [f"Patient/{clark}"]
    owner = found[0].subject.resolved(Patient)
    assert owner.name[0].family == "Clark"
    weighed = Observation.where({"patient": clark, "value-quantity": "ge3.2||kg"}).perform_resources(fhir)
    assert [one.valueQuantity.value for one in weighed] == [3.25]
    assert weighed[0].effectiveDateTime.isostring == "2026-02-03T08:15:00+01:00"
    both = Patient.where({"_sort": "family", "_count": "2"}).perform(fhir)
    assert [one.resource.name[0].family for one in both.entry] == ["Abel", "Berg"] and both.total in (None, 3)
    everyone = Patient.where({"_sort": "family", "_count": "1"}).perform_resources(fhir)
    assert [one.name[0].family for one in everyone] == ["Abel", "Berg", "Clark"], "paging links lost someone"

    found[0].delete(fhir)
    refused(FHIRNotFoundException, HTTPError, lambda: Condition.read(found[0].id, fhir), status={404, 410})
    refused(FHIRNotFoundException, HTTPError, lambda: Patient.read("nobody", fhir), status={404})
    wrong = fhir.request_json(f"Patient/{abel.id}")
    wrong["gender"] = "undecided"
    refused(HTTPError, HTTPError, lambda: fhir.put_json(f"Patient/{abel.id}", wrong), status={422})
    history = Bundle(fhir.request_json(f"Patient/{abel.id}/_history"))
    assert history.type == "history" and len(history.entry) == 2


def observed(text):
    """A dateTime in the class that this version of fhirclient wants."""
    try:
        from fhirclient.models.fhirdatetime import FHIRDateTime
    except ImportError:
        return FHIRDate(text)
    return FHIRDateTime(text)


def refused(first, second, work, status):
    try:
        work()
    except (first, second) as error:
        assert error.response.status_code in status, error.response.status_code
        return
    raise AssertionError("nothing was refused")


def main():
    with LiveServer() as server:
        day(server)
        assert not server.complaints(), server.complaints()
    print("fhirclient: the day's work is done", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
