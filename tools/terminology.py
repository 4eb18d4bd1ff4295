#!/usr/bin/env python3
"""Turns the code systems and value sets of FHIR R4 into the table that the Terminology target loads.

usage: tools/terminology.py DEFINITIONS.zip [OUTPUT.swift]

The input is HL7's definitions archive (CC0). The output is one Swift file around a text of lines with tab-separated
fields; empty fields at the end of a line are left out. The same input gives the same bytes. First comes a directory
with a line for each resource, so that a program finds one without reading all, then an empty line, then the bodies
in the order of the directory, each as long as its directory line says, in bytes.

Directory, by the first field:
    C  length  url  version  id  name  title  status  content  case  hierarchy  valueSet  language
               a code system; content is c(omplete), n(ot-present), e(xample), f(ragment) or s(upplement);
               case is i where codes differ only by more than upper and lower case; hierarchy is hierarchyMeaning
    V  length  url  version  id  name  title  status  inactive  language
               a value set; inactive is n where compose.inactive is false, y where it is true
Body of a code system:
    Q  code  type  uri         a property that concepts may have
    0  code  display  definition
               a concept; the digit is its depth in the tree; a definition `=` repeats the display
    P  code  type  value       a property of the concept before; type is c(ode), s(tring), b(oolean), d(ateTime),
                               i(nteger) or n (decimal)
    D  language  use  value    a designation of the concept before; use is d for `display`, else system#code
Body of a value set:
    I  system  version         an include; what follows belongs to it
    X  system  version         an exclude
    S  url                     a value set to which the part is held besides
    f  property  op  value     a filter
    c  code  display           a concept that is listed; `D` lines may follow

Left out: descriptions, publishers, copyrights, identifiers, extensions, expansions, supplements' content. White space
in definitions, and line breaks elsewhere, are one space.
"""

import json
import re
import sys
import zipfile
from pathlib import Path

DEFAULT_OUTPUT = "Sources/Terminology/Generated/TerminologyTable.swift"
DISPLAY_USE = "http://terminology.hl7.org/CodeSystem/designation-usage#display"
CONTENT = {"complete": "c", "not-present": "n", "example": "e", "fragment": "f", "supplement": "s"}
VALUE_TYPES = {
    "valueCode": "c", "valueString": "s", "valueBoolean": "b", "valueDateTime": "d", "valueInteger": "i",
    "valueDecimal": "n",
}


def line(*fields):
    for field in fields:
        if re.search(r"[\t\r\n]", field):
            raise SystemExit(f"a field that would break its line: {field!r}")
    return "\t".join(fields).rstrip("\t") + "\n"


def plain(text):
    return re.sub(r"\s+", " ", text).strip()


def one_line(text):
    return re.sub(r"\s*[\r\n]\s*", " ", text)


def designation_lines(concept):
    for designation in concept.get("designation", []):
        use = designation.get("use", {})
        text = f"{use['system']}#{use['code']}" if use else ""
        text = "d" if text == DISPLAY_USE else text
        yield line("D", designation.get("language", ""), text, one_line(designation["value"]))


def property_lines(concept):
    for item in concept.get("property", []):
        name = next(name for name in item if name.startswith("value"))
        value = item[name]
        text = str(value).lower() if isinstance(value, bool) else str(value)
        yield line("P", item["code"], VALUE_TYPES[name], text)


def concept_lines(concepts, depth):
    for concept in concepts:
        display = one_line(concept.get("display", ""))
        definition = plain(concept.get("definition", ""))
        if definition == "=" or depth > 9:
            raise SystemExit(f"{concept['code']}: cannot be written")
        if definition and definition == display:
            definition = "="
        yield line(str(depth), concept["code"], display, definition)
        yield from property_lines(concept)
        yield from designation_lines(concept)
        yield from concept_lines(concept.get("concept", []), depth + 1)


def system_body(system):
    for item in system.get("property", []):
        yield line("Q", item["code"], item["type"], item.get("uri", ""))
    if system["content"] != "supplement":
        yield from concept_lines(system.get("concept", []), 0)


def set_body(value_set):
    compose = value_set["compose"]
    for letter, parts in (("I", compose["include"]), ("X", compose.get("exclude", []))):
        for part in parts:
            yield line(letter, part.get("system", ""), part.get("version", ""))
            for url in part.get("valueSet", []):
                yield line("S", url)
            for rule in part.get("filter", []):
                yield line("f", rule["property"], rule["op"], rule["value"])
            for concept in part.get("concept", []):
                yield line("c", concept["code"], one_line(concept.get("display", "")))
                yield from designation_lines(concept)


def directory_line(resource, length):
    common = [str(length)] + [resource.get(name, "") for name in ("url", "version", "id", "name", "title", "status")]
    language = resource.get("language", "")
    if resource["resourceType"] == "CodeSystem":
        case = "i" if resource.get("caseSensitive") is False else ""
        return line("C", *common, CONTENT[resource["content"]], case, resource.get("hierarchyMeaning", ""),
                    resource.get("valueSet", ""), language)
    inactive = {None: "", False: "n", True: "y"}[resource["compose"].get("inactive")]
    return line("V", *common, inactive, language)


def main():
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__.split("\n\n")[1])
    source, output = sys.argv[1], Path(sys.argv[2] if len(sys.argv) == 3 else DEFAULT_OUTPUT)
    with zipfile.ZipFile(source) as archive:
        entries = json.loads(archive.read("valuesets-and-codesystems.json"))["entry"]
    resources = [entry["resource"] for entry in entries]
    resources.sort(key=lambda resource: (resource["resourceType"], resource["url"]))
    directory, bodies = [], []
    for resource in resources:
        body = "".join(system_body(resource) if resource["resourceType"] == "CodeSystem" else set_body(resource))
        directory.append(directory_line(resource, len(body.encode())))
        bodies.append(body)
    text = "".join(directory) + "\n" + "".join(bodies)
    if '"""#' in text or "\\#" in text or "\r" in text:
        raise SystemExit("the text would end the literal")
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(
        "// Generated by `tools/terminology.py ../shared/data/fhir-r4/definitions.zip` from HL7 FHIR R4 (CC0).\n"
        "// Do not edit. The tool's documentation says how to read the lines.\n"
        "// swift-format-ignore-file\n\n"
        "/// The code systems and value sets of FHIR R4 as lines of tab-separated fields.\n"
        f'let terminologyTable: StaticString = #"""\n{text}\n"""#\n',
        encoding="utf-8")
    print(f"{output}: {len(text.encode())} bytes, {len(resources)} code systems and value sets")


if __name__ == "__main__":
    main()
