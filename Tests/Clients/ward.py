"""A server with people and clients: a patient, a clinician who may open that patient's record, and an administrator."""

import json

import requests

from people import PASSWORD, martlet


class Ward:
    """Sets people down in a running server's store.

    patient: the id of the patient who signs in; other: the id of another one.
    """

    patient_name, clinician_name = "pat", "house"

    def __init__(self, server):
        self.server = server
        operator = {"Authorization": server.authorization}
        found = requests.get(server.base + "/Patient?_count=2", headers=operator, timeout=30).json()["entry"]
        self.patient, self.other = [entry["resource"]["id"] for entry in found[:2]]
        clinician = requests.post(server.base + "/Practitioner", json={"resourceType": "Practitioner"},
                                  headers=operator, timeout=30).json()["id"]
        record = found[0]["resource"] | {"generalPractitioner": [{"reference": "Practitioner/" + clinician}]}
        answer = requests.put(f"{server.base}/Patient/{self.patient}", json=record, headers=operator, timeout=30)
        assert answer.status_code == 200, answer.text
        self.add_person(self.patient_name, "patient", "Patient/" + self.patient)
        self.add_person(self.clinician_name, "clinician", "Practitioner/" + clinician)

    def add_person(self, name, role, fhir_user):
        martlet(self.server, "user", "add", name, "--role", role, "--fhir-user", fhir_user,
                given=PASSWORD + "\n")

    def add_client(self, *options, whole=False):
        """The new client's id, or with `whole` all that is told of it."""
        made = json.loads(martlet(self.server, "client", "add", *options, "--json"))
        return made if whole else made["client_id"]
