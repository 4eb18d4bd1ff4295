#!/usr/bin/env python3
"""Reads /metrics with prometheus_client, in both formats: exit code 1 where its parsers find fault."""

import sys

import requests
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from live_server import LiveServer

OPEN = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"


def scrape(server, accept):
    answer = requests.get(server.address + "/metrics", headers={"Accept": accept}, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer


def samples(families):
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in families for sample in family.samples}


def main():
    with LiveServer(patients=2) as server:
        headers = {"Authorization": server.authorization}
        for target in ("/Patient", "/Observation?_count=5", "/metadata", "/Patient/none"):
            requests.get(server.base + target, headers=headers, timeout=10)
        plain = scrape(server, "text/plain")
        assert plain.headers["Content-Type"].startswith("text/plain; version=0.0.4"), plain.headers
        families = list(prometheus(plain.text))
        assert all(family.documentation and family.type != "unknown" for family in families)
        found = samples(families)
        search = (("method", "GET"), ("route", "/fhir/{type}"), ("status", "2xx"))
        assert found[("martlet_http_requests_total", search)] == 2, found
        assert found[("process_open_fds", ())] > 0

        strict = scrape(server, OPEN)
        assert strict.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0"), strict.headers
        names = {family.name for family in openmetrics(strict.text)}
        assert {"martlet_http_requests", "martlet_http_request_duration_seconds", "process_cpu_seconds"} <= names, names
        assert len(names) == len(families), (len(names), len(families))
        print(f"{len(families)} metrics, {len(found)} samples")


if __name__ == "__main__":
    sys.exit(main())
