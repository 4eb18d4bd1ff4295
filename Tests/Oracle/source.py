"""Reads FHIR source files with Python's own JSON, for tests that hold Martlet against another reader."""

import json
import os
import re
import zipfile


def number(text):
    """A number by its source text, so that 1.50 is not 1.5 and 1 is not "1"."""
    return ("number", text)


def parse(text):
    return json.loads(text, parse_int=number, parse_float=number)


def members(path):
    """Name and bytes of every file of a zip, or of a folder."""
    if os.path.isdir(path):
        for name in sorted(os.listdir(path)):
            with open(os.path.join(path, name), "rb") as file:
                yield name, file.read()
        return
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield name, archive.read(name)


def documents(path):
    """Every JSON value of a zip or folder: files as a whole, NDJSON line by line. An export's log is none."""
    for name, data in members(path):
        if name.endswith(".ndjson"):
            if os.path.basename(name) == "log.ndjson":
                continue
            for line in data.decode().split("\n"):
                if line.strip():
                    yield parse(line)
        elif name.endswith(".json"):
            yield parse(data)


def resolved(value, addresses, key=None):
    """The value with every reference to an address of its Bundle replaced by Type/id."""
    if isinstance(value, dict):
        return {name: resolved(child, addresses, name) for name, child in value.items()}
    if isinstance(value, list):
        return [resolved(child, addresses, key) for child in value]
    if key == "reference" and isinstance(value, str):
        return addresses.get(value, value)
    return value


def resources(path, resolving=True):
    """Every resource, in source order: those of Bundles with their references resolved and their ids given."""
    for document in documents(path):
        if document.get("resourceType") != "Bundle":
            yield document
            continue
        addresses = {}
        for entry in document.get("entry", []):
            resource = entry.get("resource")
            if resource is None:
                continue
            url = entry.get("fullUrl")
            if "id" not in resource and url and url.startswith("urn:uuid:"):
                resource["id"] = url[len("urn:uuid:"):]
            if url and "id" in resource:
                addresses[url] = resource["resourceType"] + "/" + resource["id"]
        for entry in document.get("entry", []):
            if "resource" in entry:
                yield resolved(entry["resource"], addresses) if resolving else entry["resource"]


def name(resource):
    return resource["resourceType"] + "/" + resource["id"]


def references(value):
    """Every Reference.reference in a value."""
    if isinstance(value, dict):
        for key, child in value.items():
            if key == "reference" and isinstance(child, str):
                yield child
            else:
                yield from references(child)
    elif isinstance(value, list):
        for child in value:
            yield from references(child)


CONDITIONAL = re.compile(r"^([A-Za-z]+)\?identifier=(.*?)\|(.*)$")


def identified(everything):
    """Type, system and value of every identifier, to the names of the resources that have it."""
    found = {}
    for resource in everything:
        identifiers = resource.get("identifier", [])
        for identifier in identifiers if isinstance(identifiers, list) else [identifiers]:
            key = (resource["resourceType"], identifier.get("system", ""), identifier.get("value", ""))
            found.setdefault(key, set()).add(name(resource))
    return found


def conditional(value, found, key=None):
    """The value with every conditional reference replaced that exactly one resource answers."""
    if isinstance(value, dict):
        return {child: conditional(inner, found, child) for child, inner in value.items()}
    if isinstance(value, list):
        return [conditional(inner, found, key) for inner in value]
    if key == "reference" and isinstance(value, str) and "?" in value:
        match = CONDITIONAL.match(value)
        targets = found.get(match.groups(), set()) if match else set()
        return next(iter(targets)) if len(targets) == 1 else value
    return value
