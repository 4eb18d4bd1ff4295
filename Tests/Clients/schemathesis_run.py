#!/usr/bin/env python3
"""Has schemathesis attack a live server by its own OpenAPI description, with a fixed seed, for a bounded time.

No answer may be a fault of the server (5xx), of a status, a media type or a shape that the description does not tell.
Whether data made by chance is taken is not judged: FHIR's rules go past what JSON Schema can say.

usage: schemathesis_run.py [SECONDS]     how long at most, 45 unless told

Exit codes: 0 all is as it should be, 1 something is not, 2 bad usage.
"""

import os
import pathlib
import subprocess
import sys

import requests

from live_server import LiveServer

SEED = 20260301
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,unsupported_method"
)
# The types whose own routes are tried; those for any type are tried with all.
TYPES = "Patient|Observation|Encounter|Bundle|Location|SearchParameter|Questionnaire"
PATHS = (
    rf"^(/|/livez|/readyz|/graphql|/api/.*|/fhir|"
    rf"/fhir/(\{{type\}}|[$_a-z]|({TYPES})($|/)|ValueSet/|CodeSystem/).*)$"
)
# Without it the body may be left out, which the description says of no other answer.
CONFIGURATION = """
[parameters]
"header.Prefer" = "return=representation"
"""


def seed_records(server):
    """A few resources, so that searches find something."""
    for number in range(5):
        answer = requests.put(
            f"{server.base}/Patient/p{number}", timeout=10,
            headers={"Authorization": server.authorization, "Content-Type": "application/fhir+json"},
            json={"resourceType": "Patient", "id": f"p{number}", "birthDate": f"197{number}-01-01",
                  "name": [{"family": f"Family{number}", "given": ["A"]}]})
        assert answer.status_code == 201, answer.text


def main():
    if len(sys.argv) > 2 or (len(sys.argv) == 2 and not sys.argv[1].isdigit()):
        print(__doc__, file=sys.stderr)
        return 2
    seconds = int(sys.argv[1]) if len(sys.argv) == 2 else 45
    program = pathlib.Path(sys.executable).parent / "schemathesis"
    # What attacks it asks for more than any client may.
    with LiveServer(options=["--rate-limit", "0"]) as server:
        seed_records(server)
        configuration = server.folder / "schemathesis.toml"
        configuration.write_text(CONFIGURATION, encoding="utf-8")
        # One worker: Python 3.11 counts the depth of syntax trees over all threads, and fails now and then with two.
        command = [
            str(program), "--config-file", str(configuration), "run", server.address + "/api/openapi.json",
            "--header", "Authorization: " + server.authorization, "--checks", CHECKS, "--seed", str(SEED),
            "--generation-database", "none", "--include-path-regex", PATHS, "--phases", "coverage,fuzzing",
            "--max-examples", "4", "--max-time", str(seconds), "--no-shrink", "--suppress-health-check", "all",
            "--request-timeout", "10", "--warnings", "off", "--workers", "1", "--continue-on-failure",
        ]
        result = subprocess.run(
            command, cwd=server.folder, env={**os.environ, "COLUMNS": "120", "NO_COLOR": "1"},
            timeout=seconds * 4 + 120, check=False)
        complaints = server.complaints()
        if complaints:
            print(f"The server reported faults of its own:\n{complaints}")
    return 1 if result.returncode != 0 or complaints else 0


if __name__ == "__main__":
    sys.exit(main())
