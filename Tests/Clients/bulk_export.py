#!/usr/bin/env python3
"""Has smart-fetch pull everything by Bulk Data `$export` and compares it with what was stored, resource by resource.

Where the CapabilityStatement names no `$export`, the test is skipped, and says so.

Exit codes: 0 all is as it should be (or `$export` is not served), 1 something is not.
"""

import gzip
import json
import pathlib
import subprocess
import sys

import requests

from live_server import LiveServer

PATIENTS = 120
SECONDS_MAX = 150


def stored(number):
    """A patient with a condition and an observation."""
    patient = {"resourceType": "Patient", "id": f"p{number}", "gender": "female" if number % 2 else "male",
               "birthDate": f"{1930 + number % 90}-04-05", "name": [{"family": f"Ørsted{number}"}]}
    subject = {"reference": f"Patient/p{number}"}
    return [
        patient,
        {"resourceType": "Condition", "id": f"c{number}", "subject": subject,
         "code": {"coding": [{"system": "http://snomed.info/sct", "code": "195967001"}]}},
        {"resourceType": "Observation", "id": f"o{number}", "status": "final", "subject": subject,
         "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category",
                                   "code": "laboratory"}]}],
         "code": {"coding": [{"system": "http://loinc.org", "code": "2339-0"}]},
         "valueQuantity": {"value": number + 0.5, "unit": "mg/dL"}},
    ]


def fill(server):
    """Stores all and gives it by type and id."""
    expected = {}
    for start in range(0, PATIENTS, 40):
        resources = [one for number in range(start, start + 40) for one in stored(number)]
        entries = [{"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
                   for one in resources]
        answer = requests.post(
            server.base, timeout=60, headers={"Authorization": server.authorization},
            json={"resourceType": "Bundle", "type": "transaction", "entry": entries})
        assert answer.status_code == 200, answer.text[:1000]
        expected |= {(one["resourceType"], one["id"]): one for one in resources}
    return expected


def is_served(server):
    statement = requests.get(
        server.base + "/metadata", timeout=30, headers={"Authorization": server.authorization}).json()
    names = {operation["name"] for operation in statement["rest"][0].get("operation", [])}
    return "export" in names


def pulled(folder):
    """All resources in the files of a folder, without what the server adds."""
    found = {}
    for path in sorted(folder.rglob("*.ndjson*")):
        if path.name.startswith("log."):
            continue
        opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8")
        with opened as lines:
            for line in filter(str.strip, lines):
                resource = json.loads(line)
                key = (resource["resourceType"], resource["id"])
                assert key not in found, f"{key} was exported twice"
                assert resource.pop("meta")["versionId"], key
                found[key] = resource
    return found


def pull(server, name, *options):
    folder = server.folder / name
    program = pathlib.Path(sys.executable).parent / "smart-fetch"
    command = [str(program), "bulk", "--fhir-url", server.base, "--bearer-token", server.token_file,
               "--type", "Patient,Condition,Observation", "--no-default-filters", *options, str(folder)]
    subprocess.run(command, timeout=SECONDS_MAX, check=True)
    return pulled(folder)


def main():
    with LiveServer() as server:
        if not is_served(server):
            print("SKIPPED: smart-fetch pulls nothing, as this build does not serve $export", flush=True)
            return 0
        expected = fill(server)
        found = pull(server, "whole")
        assert found == expected, sorted(set(found) ^ set(expected))[:10] or "some resources came back changed"
        changed = {**expected[("Patient", "p7")], "gender": "other"}
        earlier = requests.get(
            server.base + "/Observation/o0", timeout=30, headers={"Authorization": server.authorization})
        since = earlier.json()["meta"]["lastUpdated"]
        answer = requests.put(
            server.base + "/Patient/p7", json=changed, timeout=30, headers={"Authorization": server.authorization})
        assert answer.status_code == 200, answer.text
        later = pull(server, "since", "--since", since, "--since-mode", "updated")
        assert later[("Patient", "p7")] == changed, later
        assert not server.complaints(), server.complaints()
    print(f"smart-fetch: all {len(expected)} resources came back as they were stored", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
