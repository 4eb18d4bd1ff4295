#!/usr/bin/env python3
"""fhirclient's launches, alone and from within the record system: exit code 1 where one is wrong."""

import sys

from fhirclient import client
from fhirclient.models.condition import Condition
from fhirclient.models.patient import Patient
from fhirclient.server import FHIRNotFoundException, FHIRUnauthorizedException

from live_server import LiveServer
from people import Person
from ward import Ward

BACK = "http://127.0.0.1:9/fhir-app/"
SCOPE = "openid fhirUser offline_access patient/Patient.rs patient/Condition.rs"


def smart(server, app_id, **more):
    settings = {"app_id": app_id, "api_base": server.base, "redirect_uri": BACK, "scope": SCOPE}
    made = client.FHIRClient(settings=settings | more)
    assert not made.prepare() and not made.ready, "the CapabilityStatement asks nobody to sign in"
    return made


def works(app, ward):
    assert app.ready and app.patient_id == ward.patient
    assert app.patient.id == ward.patient
    for condition in Condition.where({"patient": ward.patient}).perform_resources(app.server):
        assert condition.subject.reference == "Patient/" + ward.patient
    try:
        Patient.read(ward.other, app.server)
    except FHIRNotFoundException:
        return
    raise AssertionError("another patient's record was shown")


def day(server):
    ward = Ward(server)
    app_id = ward.add_client("--name", "Growth", "--public", "--redirect", BACK,
                             "--scope", "launch launch/patient " + SCOPE)
    patient, clinician = Person(server, ward.patient_name), Person(server, ward.clinician_name)

    alone = smart(server, app_id)
    alone.handle_callback(patient.decide(alone.authorize_url))
    works(alone, ward)
    assert alone.reauthorize(), "the refresh token was not taken"
    works(alone, ward)

    chosen = smart(server, app_id)
    chosen.handle_callback(clinician.decide(chosen.authorize_url, patient=ward.patient))
    works(chosen, ward)

    made = clinician.post("/oauth/launch", {"patient": ward.patient, "client_id": app_id})
    assert made.status_code == 201 and made.json()["iss"] == server.base, made.text
    within = smart(server, app_id, launch_token=made.json()["launch"])
    within.handle_callback(clinician.decide(within.authorize_url))
    works(within, ward)

    forged = smart(server, app_id)
    forged.server.auth.access_token = "A" * 43
    try:
        Patient.read(ward.patient, forged.server)
    except FHIRUnauthorizedException:
        return
    raise AssertionError("a made-up token was taken")


def main():
    with LiveServer(patients=20) as server:
        day(server)
        assert not server.complaints(), server.complaints()
    print("fhirclient: launches alone and from within lead to the patient", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
