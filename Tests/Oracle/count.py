"""Counts the resources of a zip by type: each time they come, and each Type/id once."""

import collections
import json
import sys

import source

entries = collections.Counter()
distinct = collections.defaultdict(set)
for resource in source.resources(sys.argv[1], resolving=False):
    entries[resource["resourceType"]] += 1
    distinct[resource["resourceType"]].add(resource["id"])
json.dump({"entries": entries, "distinct": {kind: len(ids) for kind, ids in distinct.items()}}, sys.stdout)
