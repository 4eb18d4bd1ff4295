#!/usr/bin/env python3
"""Has smart-fetch pull everything by Bulk Data `$export` and compares it with what the store holds, resource by resource.

Exit codes: 0 all is as it should be, 1 something is not.
"""

import collections
import gzip
import json
import pathlib
import subprocess
import sys
import time

import requests

from live_server import LiveServer

PATIENTS = 25
SECONDS_MAX = 150
# What smart-fetch pulls where it is told no types.
TYPES = ["Patient", "Encounter", "AllergyIntolerance", "Condition", "Device", "DiagnosticReport", "DocumentReference",
         "EpisodeOfCare", "Immunization", "MedicationDispense", "MedicationRequest", "Observation", "Procedure",
         "ServiceRequest", "Specimen"]


class Store:
    """What the server answers without any export."""

    def __init__(self, server):
        self.server = server
        self.session = requests.Session()
        self.session.headers["Authorization"] = server.authorization

    def ask(self, method, target, status=200, **options):
        url = target if target.startswith("http") else f"{self.server.base}/{target}"
        answer = self.session.request(method, url, timeout=60, **options)
        assert answer.status_code == status, f"{method} {target}: {answer.status_code} {answer.text[:1000]}"
        return answer

    def types(self):
        # The server's own trail is among the AuditEvents and in no export.
        types = [one["type"] for one in self.ask("GET", "metadata").json()["rest"][0]["resource"]]
        return [one for one in types if one != "AuditEvent"]

    def resources(self, kind, query=""):
        """All resources of a type by type and id, as searches list them."""
        found = {}
        bundle = self.ask("GET", f"{kind}?_count=1000{query}").json()
        while True:
            for entry in bundle.get("entry", []):
                found[(kind, entry["resource"]["id"])] = entry["resource"]
            following = [link["url"] for link in bundle["link"] if link["relation"] == "next"]
            if not following:
                break
            bundle = self.ask("GET", following[0]).json()
        counted = self.ask("GET", f"{kind}?_summary=count{query}").json()["total"]
        assert len(found) == counted, f"a search lists {len(found)} of {counted} {kind}"
        return found

    def all(self, types, query=""):
        found = {}
        for kind in types:
            found |= self.resources(kind, query)
        return found

    def export(self, crashes=False):
        """All of an export of the system, pulled without any tool; the server may be killed while it is made."""
        status = self.ask("GET", "$export", 202, headers={"Prefer": "respond-async"}).headers["Content-Location"]
        if crashes:
            before = self.server.address
            self.server.crash()
            status = status.replace(before, self.server.address)
        until = time.monotonic() + SECONDS_MAX
        while (answer := self.session.get(status, timeout=60)).status_code == 202:
            assert time.monotonic() < until, "the export takes too long"
            time.sleep(0.05)
        assert answer.status_code == 200, answer.text[:1000]
        found = {}
        for file in answer.json()["output"]:
            lines = self.ask("GET", file["url"]).content.decode("utf-8").splitlines()
            assert len(lines) == file["count"], file
            add(found, lines)
        self.ask("DELETE", status, 202)
        return found


def add(found, lines):
    for line in filter(str.strip, lines):
        resource = json.loads(line)
        key = (resource["resourceType"], resource["id"])
        assert key not in found, f"{key} was exported twice"
        found[key] = resource


def opened(path):
    return gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8")


def pull(server, name, *options):
    """Has smart-fetch pull into a folder and gives what came, by type and id, and the names of what was deleted."""
    folder = server.folder / name
    program = pathlib.Path(sys.executable).parent / "smart-fetch"
    command = [str(program), "bulk", "--fhir-url", server.base, "--bearer-token", str(server.token_file),
               "--no-default-filters", *options, str(folder)]
    subprocess.run(command, timeout=SECONDS_MAX, check=True)
    found = {}
    deleted = set()
    for path in sorted(folder.rglob("*.ndjson*")):
        if path.name.startswith("log."):
            continue
        with opened(path) as lines:
            if path.parent.name == "deleted":
                for bundle in map(json.loads, lines):
                    deleted |= {entry["request"]["url"] for entry in bundle["entry"]}
            else:
                add(found, lines)
    return found, deleted


def check(what, found, expected):
    counts = [collections.Counter(kind for kind, _ in one) for one in (found, expected)]
    assert counts[0] == counts[1], f"{what}: pulled {dict(counts[0])}, stored {dict(counts[1])}"
    different = [key for key, resource in expected.items() if found.get(key) != resource]
    assert not different, f"{what}: {len(different)} differ, such as {different[:5]}"
    assert found, f"{what}: nothing is there"
    print(f"{what}: {len(found)} resources of {len(counts[0])} types are as they are stored", flush=True)


def main():
    with LiveServer(patients=PATIENTS) as server:
        store = Store(server)
        everything = store.export()
        check("$export of the system", everything, store.all(store.types()))
        check("$export over a crash", store.export(crashes=True), everything)
        found, deleted = pull(server, "whole")
        check("smart-fetch", found, {key: one for key, one in everything.items() if key[0] in TYPES})
        assert not deleted, deleted

        patients = [key[1] for key in everything if key[0] == "Patient"]
        members = [{"entity": {"reference": f"Patient/{one}"}} for one in patients[:3]]
        group = {"resourceType": "Group", "id": "three", "type": "person", "actual": True, "member": members}
        since = store.ask("PUT", "Group/three", 201, json=group).json()["meta"]["lastUpdated"]
        found, _ = pull(server, "group", "--group", "three", "--type", "Patient,Condition,Observation")
        expected = {key: one for key, one in everything.items() if key[0] == "Patient" and key[1] in patients[:3]}
        for one in patients[:3]:
            expected |= store.all(["Condition", "Observation"], f"&patient={one}")
        check("smart-fetch of a group", found, expected)

        changed = {**everything[("Patient", patients[7])], "gender": "other"}
        changed = store.ask("PUT", f"Patient/{patients[7]}", json=changed).json()
        gone = next(key for key in everything if key[0] == "Observation")
        store.ask("DELETE", "/".join(gone), 204)
        found, deleted = pull(server, "since", "--since", since, "--since-mode", "updated")
        check("smart-fetch since then", found, {("Patient", patients[7]): changed})
        assert deleted == {"/".join(gone)}, deleted
        assert not server.complaints(), server.complaints()
    return 0


if __name__ == "__main__":
    sys.exit(main())
