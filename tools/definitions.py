#!/usr/bin/env python3
"""Turns the FHIR R4 definitions into the table of facts that the FHIR target loads.

usage: tools/definitions.py DEFINITIONS.zip [OUTPUT.swift [RULES.swift]]

The input is HL7's definitions archive (CC0): StructureDefinitions, SearchParameters, CompartmentDefinitions,
ValueSets and CodeSystems. The output is one Swift file around a text of lines with tab-separated fields, in an
order that lets one pass read it. The same input gives the same bytes. Lines by their first field:

    T  name  kind  base        a type; kind is p(rimitive), c(omplex), b(ackbone), r(esource), in capitals if abstract;
                               a base stands before what derives from it
    B  url  system  code…      codes that a required binding allows, by system; consecutive lines of one url belong
                               together, a binding's number is its place among the urls, from 0
    L  type…                   a list of target types, numbered from 0
    O  type…                   the types of an open choice, written `*` below
    E  type                    what follows are the elements that this type adds to its base's
       name  min  max  types  flags  [binding]
                               max is 1 or *; a name ending in [x] is a choice; types are separated by `|`, each with
                               `>list` where it refers to types of a list; flags: s summary, m modifier, n no `_name`
    S  code  type  url  bases  targets  flags  comparators  modifiers  expression
                               a search parameter; flags: o multipleOr false, a multipleAnd false
    C  url  expression         a component of the search parameter before it
    K  compartment  type  parameter code…

A second Swift file has the rules that the Validation target loads, those left out that it has in code (see IN_CODE):

    I  type  element  key  severity  expression  human
                               an invariant of a type, or of one of its elements if one is named; severity is e or w
    V  type  element  strength  url
                               a binding that needs a value set: r(equired), e(xtensible), p(referred), or m(aximum)
"""

import json
import re
import sys
import zipfile
from pathlib import Path

DEFAULT_OUTPUT = "Sources/FHIR/Generated/DefinitionsTable.swift"
RULES_OUTPUT = "Sources/Validation/Generated/RulesTable.swift"
IN_CODE = {"ele-1", "ext-1", "ref-1", "dom-2", "dom-3", "dom-4", "dom-5", "dom-6", "txt-2"}
# R4 asks for the language's Boolean where only its own boolean can stand.
CORRECTIONS = {"que-7": ("answer is Boolean", "answer is boolean")}
MAX_VALUE_SET = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"
STRUCTURE = "http://hl7.org/fhir/StructureDefinition/"
FHIR_TYPE = STRUCTURE + "structuredefinition-fhir-type"
SYSTEM_TYPE = "http://hl7.org/fhirpath/System."


def resources(archive, name, kinds):
    bundle = json.loads(archive.read(name))
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] in kinds]


class Terminology:
    """Expands value sets where their definition lists everything that is needed."""

    def __init__(self, items):
        self.value_sets = {item["url"]: item for item in items if item["resourceType"] == "ValueSet" and "url" in item}
        self.code_systems = {item["url"]: item for item in items if item["resourceType"] == "CodeSystem" and "url" in item}

    def expand(self, url, seen=()):
        """Code pairs (system, code) in order, or None where the set cannot be computed from its definition."""
        url = url.split("|")[0]
        value_set = self.value_sets.get(url)
        if value_set is None or url in seen or "compose" not in value_set:
            return None
        result = {}
        for include in value_set["compose"].get("include", []):
            part = self.part(include, seen + (url,))
            if part is None:
                return None
            result.update(dict.fromkeys(part))
        for exclude in value_set["compose"].get("exclude", []):
            part = self.part(exclude, seen + (url,))
            if part is None:
                return None
            for pair in part:
                result.pop(pair, None)
        return list(result) or None

    def part(self, include, seen):
        chosen = None
        if "system" in include:
            chosen = self.system_codes(include)
            if chosen is None:
                return None
        for url in include.get("valueSet", []):
            other = self.expand(url, seen)
            if other is None:
                return None
            chosen = other if chosen is None else [pair for pair in chosen if pair in set(other)]
        return chosen

    def system_codes(self, include):
        system = include["system"]
        if "concept" in include:
            return [(system, concept["code"]) for concept in include["concept"]]
        code_system = self.code_systems.get(system)
        if code_system is None or code_system.get("content") != "complete":
            return None
        parents = {}
        self.walk(code_system.get("concept", []), (), parents)
        codes = list(parents)
        for rule in include.get("filter", []):
            if rule["property"] != "concept" or rule["op"] not in ("is-a", "descendent-of"):
                return None
            itself = rule["op"] == "is-a"
            codes = [c for c in codes if rule["value"] in parents[c] or (itself and c == rule["value"])]
        return [(system, code) for code in codes]

    def walk(self, concepts, above, parents):
        for concept in concepts:
            linked = {p["valueCode"] for p in concept.get("property", []) if p["code"] in ("parent", "subsumedBy") and "valueCode" in p}
            ancestors = set(above) | linked
            parents[concept["code"]] = ancestors
            self.walk(concept.get("concept", []), ancestors | {concept["code"]}, parents)


class Table:
    def __init__(self):
        self.bindings, self.binding_lines = {}, []
        self.lists, self.list_lines = {}, []
        self.open_types = None

    def binding(self, url, terminology):
        url = url.split("|")[0]
        if url not in self.bindings:
            pairs = terminology.expand(url)
            if pairs is None:
                self.bindings[url] = None
            else:
                self.bindings[url] = sum(number is not None for number in self.bindings.values())
                by_system = {}
                for system, code in pairs:
                    by_system.setdefault(system, []).append(code)
                for system, codes in by_system.items():
                    self.binding_lines.append("\t".join(["B", url, system, *codes]))
        return self.bindings[url]

    def target_list(self, profiles):
        names = tuple(sorted({profile.removeprefix(STRUCTURE) for profile in profiles}))
        if names not in self.lists:
            self.lists[names] = len(self.lists)
            self.list_lines.append("\t".join(["L", *names]))
        return self.lists[names]


def type_name(definition, element, entry):
    """The FHIR type of one entry of `element.type`. Ids of resources are `id`, although R4's own file says `string`."""
    code = entry["code"]
    if not code.startswith(SYSTEM_TYPE):
        return code
    if element["path"] == "Resource.id":
        return "id"
    for extension in entry.get("extension", []):
        if extension["url"] == FHIR_TYPE:
            return extension["valueUrl"]
    raise SystemExit(f"{element['path']}: no FHIR type for {code}")


def own_elements(definition):
    """Elements that the definition adds to its base, grouped by the path of the type that holds them."""
    groups = {definition["name"]: []}
    for element in definition["snapshot"]["element"][1:]:
        holder, name = element["path"].rsplit(".", 1)
        groups.setdefault(holder, [])
        if definition["kind"] == "primitive-type":
            continue
        if element["base"]["path"] == element["path"] and element["max"] != "0":
            groups[holder].append((name, element))
    return groups


def element_line(table, definition, name, element, terminology):
    types = []
    if "contentReference" in element:
        types = [element["contentReference"].removeprefix("#")]
    elif any(entry["code"] in ("BackboneElement", "Element") for entry in element["type"]):
        types = [element["path"]]
    else:
        for entry in element["type"]:
            text = type_name(definition, element, entry)
            if entry.get("targetProfile"):
                text += f">{table.target_list(entry['targetProfile'])}"
            types.append(text)
    if element["path"] == "Extension.value[x]":
        table.open_types = [t.split(">")[0] for t in types]
    flags = "s" * element.get("isSummary", False) + "m" * element.get("isModifier", False)
    if "xmlAttr" in element.get("representation", []) or types == ["xhtml"]:
        flags += "n"
    fields = [name, str(element["min"]), element["max"], "|".join(types), flags]
    binding = element.get("binding", {})
    if binding.get("strength") == "required" and "valueSet" in binding:
        number = table.binding(binding["valueSet"], terminology)
        if number is not None:
            fields.append(str(number))
    return fields


def in_base_order(definitions):
    by_url = {definition["url"]: definition for definition in definitions}
    done = {}

    def place(definition):
        if definition["url"] in done:
            return
        base = by_url.get(definition.get("baseDefinition"))
        if base:
            place(base)
        done[definition["url"]] = definition

    order = {"complex-type": 0, "primitive-type": 1, "resource": 2}
    for definition in sorted(definitions, key=lambda d: (order[d["kind"]], d["name"])):
        place(definition)
    return list(done.values())


def structure_lines(definitions, table, terminology):
    type_lines, element_lines = [], []
    for definition in definitions:
        kind = {"primitive-type": "p", "complex-type": "c", "resource": "r"}[definition["kind"]]
        kind = kind.upper() if definition["abstract"] else kind
        base = definition.get("baseDefinition", "").removeprefix(STRUCTURE)
        bases = {definition["name"]: (kind, base)}
        for element in definition["snapshot"]["element"][1:]:
            for entry in element.get("type", []):
                if entry["code"] in ("BackboneElement", "Element"):
                    bases[element["path"]] = ("b", entry["code"])
        groups = own_elements(definition)
        for name, (kind, base) in bases.items():
            type_lines.append("\t".join(["T", name, kind, base]))
            if not groups.get(name):
                continue
            element_lines.append(f"E\t{name}")
            for element_name, element in groups[name]:
                element_lines.append(element_line(table, definition, element_name, element, terminology))
    open_types = "|".join(table.open_types)
    for place, line in enumerate(element_lines):
        if isinstance(line, list):
            plain = "|".join(text.split(">")[0] for text in line[3].split("|"))
            if plain == open_types:
                line[3] = "*"
            element_lines[place] = "\t".join(line).rstrip("\t")
    return type_lines, element_lines


def parameter_order(parameter):
    """By address, but R4's examples of search parameters first: of one code on one type the last counts."""
    return not re.search(r"/SearchParameter/example(-|$)", parameter["url"]), parameter["url"]


def parameter_lines(parameters):
    lines = []
    for parameter in sorted(parameters, key=parameter_order):
        flags = "o" * (parameter.get("multipleOr") is False) + "a" * (parameter.get("multipleAnd") is False)
        fields = [
            "S", parameter["code"], parameter["type"], parameter["url"], ",".join(parameter.get("base", [])),
            ",".join(parameter.get("target", [])), flags, ",".join(parameter.get("comparator", [])),
            ",".join(parameter.get("modifier", [])), re.sub(r"\s+", " ", parameter.get("expression", "")),
        ]
        lines.append("\t".join(fields))
        for component in parameter.get("component", []):
            lines.append("\t".join(["C", component["definition"], component["expression"]]))
    return lines


def compartment_lines(compartments):
    lines = []
    for compartment in sorted(compartments, key=lambda c: c["code"]):
        for entry in compartment["resource"]:
            # `{def}` says that a resource belongs to its own compartment: a rule, not a parameter.
            codes = [code for code in entry.get("param", []) if code != "{def}"]
            if codes:
                lines.append("\t".join(["K", compartment["code"], entry["code"], *codes]))
    return lines


def one_line(text):
    return re.sub(r"\s+", " ", text).strip()


def rule_lines(definitions, table):
    roots = {d["name"]: {c["key"] for c in d["snapshot"]["element"][0].get("constraint", [])} for d in definitions}
    base_names = {d["name"]: d.get("baseDefinition", "").removeprefix(STRUCTURE) for d in definitions}
    lines = []

    def add(holder, name, element, known):
        for constraint in element.get("constraint", []):
            if constraint["key"] in known | IN_CODE or "expression" not in constraint:
                continue
            expression = one_line(constraint["expression"])
            if constraint["key"] in CORRECTIONS:
                expression = expression.replace(*CORRECTIONS[constraint["key"]])
            lines.append("\t".join([
                "I", holder, name, constraint["key"], constraint["severity"][0], expression,
                one_line(constraint["human"])]))

    for definition in definitions:
        root = definition["snapshot"]["element"][0]
        add(definition["name"], "", root, roots.get(base_names[definition["name"]], set()))
        for holder, elements in own_elements(definition).items():
            for name, element in elements:
                codes = [entry["code"] for entry in element.get("type", [])]
                if any(code in ("BackboneElement", "Element") for code in codes):
                    add(element["path"], "", element, set())
                else:
                    add(holder, name, element, set().union(*(roots.get(code, set()) for code in codes)))
                binding = element.get("binding", {})
                if "valueSet" not in binding or binding["strength"] == "example":
                    continue
                if codes == ["code"] and binding["strength"] == "required":
                    known = table.bindings.get(binding["valueSet"].split("|")[0])
                    strengths = [("r", binding["valueSet"])] if known is None else []
                else:
                    strengths = [(binding["strength"][0], binding["valueSet"])]
                strengths += [("m", e["valueCanonical"]) for e in binding.get("extension", []) if e["url"] == MAX_VALUE_SET]
                lines += ["\t".join(["V", holder, name, strength, url]) for strength, url in strengths]
    return lines


def write_table(output, name, comment, text):
    if '"""#' in text or "\\#" in text or "\r" in text:
        raise SystemExit("the text would end the literal")
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(
        "// Generated by `tools/definitions.py ../shared/data/fhir-r4/definitions.zip` from HL7 FHIR R4 (CC0).\n"
        "// Do not edit. The tool's documentation says how to read the lines.\n"
        "// swift-format-ignore-file\n\n"
        f"/// {comment}\n"
        f'let {name}: StaticString = #"""\n{text}\n"""#\n',
        encoding="utf-8")


def main():
    if len(sys.argv) not in (2, 3, 4):
        raise SystemExit(__doc__.split("\n\n")[1])
    source, output = sys.argv[1], Path(sys.argv[2] if len(sys.argv) == 3 else DEFAULT_OUTPUT)
    with zipfile.ZipFile(source) as archive:
        structures = resources(archive, "profiles-types.json", ("StructureDefinition",))
        structures += resources(archive, "profiles-resources.json", ("StructureDefinition",))
        parameters = resources(archive, "search-parameters.json", ("SearchParameter",))
        compartments = resources(archive, "compartments.json", ("CompartmentDefinition",))
        terminology = Terminology(resources(archive, "valuesets-and-codesystems.json", ("ValueSet", "CodeSystem")))
    table = Table()
    types, elements = structure_lines(in_base_order(structures), table, terminology)
    lines = types + table.binding_lines + table.list_lines + ["\t".join(["O", *table.open_types])]
    lines += elements + parameter_lines(parameters) + compartment_lines(compartments)
    text = "\n".join(lines)
    write_table(output, "definitionsTable", "The FHIR R4 definitions as lines of tab-separated fields.", text)
    rules = Path(sys.argv[3] if len(sys.argv) == 4 else RULES_OUTPUT)
    write_table(rules, "rulesTable", "The invariants and bindings of FHIR R4 as lines of tab-separated fields.",
                "\n".join(rule_lines(in_base_order(structures), table)))
    skipped = [url for url, number in table.bindings.items() if number is None]
    print(f"{output}: {len(text.encode())} bytes, {len(types)} types, {len(parameters)} search parameters")
    print("required bindings left out, not computable:", ", ".join(sorted(skipped)))


if __name__ == "__main__":
    main()
