"""Holds what a store gives, dumped as NDJSON, against the zip that it was filled from, resource by resource.

Equal means: the same members in the same order, numbers digit for digit, but for `meta.versionId` and
`meta.lastUpdated`, which the store gives, and references, which it resolves.
"""

import json
import re
import sys

import source

INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")


def content(resource):
    """The resource as text that is equal where nothing but the store's own members differs."""
    meta = dict(resource.get("meta", {}))
    meta.pop("versionId", None)
    meta.pop("lastUpdated", None)
    ordered = {"resourceType": resource["resourceType"], "id": resource["id"]}
    if meta:
        ordered["meta"] = meta
    for key, value in resource.items():
        if key not in ("resourceType", "id", "meta"):
            ordered[key] = value
    return json.dumps(ordered, ensure_ascii=False)


def numbers(value):
    if isinstance(value, tuple):
        return 1
    if isinstance(value, dict):
        return sum(map(numbers, value.values()))
    if isinstance(value, list):
        return sum(map(numbers, value))
    return 0


def first_difference(left, right):
    at = next((at for at, (one, other) in enumerate(zip(left, right)) if one != other), min(len(left), len(right)))
    return {"source": left[max(0, at - 60):at + 60], "stored": right[max(0, at - 60):at + 60]}


everything = list(source.resources(sys.argv[1]))
found = source.identified(everything)
expected = {}
unresolved = set()
number_count = 0
conditional_count = 0
for resource in everything:
    whole = source.conditional(resource, found)
    before = [text for text in source.references(resource) if "?" in text]
    left = [text for text in source.references(whole) if "?" in text]
    conditional_count += len(before) - len(left)
    unresolved.update(source.name(whole) + " " + text for text in left)
    number_count += numbers(whole)
    expected[source.name(whole)] = content(whole)

report = {
    "source": len(expected), "stored": 0, "numbers": number_count, "extra": [], "different": [], "differentCount": 0,
    "badMeta": [], "uuidReferences": [], "dangling": [], "literalReferences": 0,
    "conditionalResolved": conditional_count, "unresolved": sorted(unresolved),
}
literals = []
names = set()
with open(sys.argv[2], encoding="utf-8") as dump:
    for line in dump:
        resource = source.parse(line)
        name = source.name(resource)
        names.add(name)
        report["stored"] += 1
        meta = resource.get("meta", {})
        if not re.match(r"^\d+$", meta.get("versionId", "")) or not INSTANT.match(meta.get("lastUpdated", "")):
            report["badMeta"].append(name)
        if name not in expected:
            report["extra"].append(name)
            continue
        stored = content(resource)
        if stored != expected[name]:
            report["differentCount"] += 1
            if len(report["different"]) < 10:
                report["different"].append({"name": name, **first_difference(expected[name], stored)})
        for text in source.references(resource):
            if text.startswith("urn:"):
                report["uuidReferences"].append(name + " " + text)
            elif not text.startswith("#") and "?" not in text:
                literals.append((name, text))
        del expected[name]
report["missing"] = sorted(expected)[:20]
report["missingCount"] = len(expected)
report["literalReferences"] = len(literals)
report["dangling"] = [f"{name} {text}" for name, text in literals if text not in names][:20]
report["extra"] = report["extra"][:20]
report["uuidReferences"] = report["uuidReferences"][:20]
report["badMeta"] = report["badMeta"][:20]
json.dump(report, sys.stdout)
