extension OutsideCheck {
    /// The check, in Python: forms agree, references resolve, and, given the definitions, elements, cardinalities,
    /// types, primitive formats and required bindings are those of R4.
    static let script = #"""
        import collections, glob, json, re, sys, zipfile
        from decimal import Decimal

        folder, faults, ids, numbers = sys.argv[1], collections.Counter(), {}, {}

        def fault(text):
            faults[text] += 1

        def pairs(items):
            if len({key for key, _ in items}) != len(items):
                fault("duplicate key among " + ",".join(key for key, _ in items))
            if not items:
                fault("empty object")
            return dict(items)

        def load(text):
            return json.loads(text, parse_float=Decimal, object_pairs_hook=pairs)

        definitions = None
        if len(sys.argv) > 2:
            archive = zipfile.ZipFile(sys.argv[2])
            read = lambda name: [entry["resource"] for entry in json.loads(archive.read(name))["entry"]]
            structures = {}
            for resource in read("profiles-resources.json") + read("profiles-types.json"):
                if resource["resourceType"] == "StructureDefinition" and resource.get("derivation") != "constraint":
                    structures[resource["type"]] = {e["path"]: e for e in resource["snapshot"]["element"]}
            systems, sets = {}, {}
            for resource in read("valuesets-and-codesystems.json"):
                if resource["resourceType"] == "CodeSystem":
                    systems[resource["url"]] = resource
                elif resource["resourceType"] == "ValueSet":
                    sets[resource["url"]] = resource
            children = {}
            for elements in structures.values():
                for path, element in elements.items():
                    children.setdefault(path.rpartition(".")[0], []).append(element)
            definitions = True

        def flatten(concepts):
            for concept in concepts:
                yield concept["code"]
                yield from flatten(concept.get("concept", []))

        def members(url):
            found = set()
            for part in sets.get(url.split("|")[0], {}).get("compose", {}).get("include", []):
                if "concept" in part:
                    found |= {(part["system"], c["code"]) for c in part["concept"]}
                elif "valueSet" in part:
                    for other in part["valueSet"]:
                        found |= members(other)
                elif part.get("system") in systems:
                    found |= {(part["system"], c) for c in flatten(systems[part["system"]].get("concept", []))}
            return found

        cache = {}
        formats = {
            "date": r"\d{4}(-\d\d(-\d\d)?)?", "id": r"[A-Za-z0-9\-\.]{1,64}", "code": r"[^\s]+(\s[^\s]+)*",
            "dateTime": r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?)?)?",
            "instant": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)",
            "base64Binary": r"[A-Za-z0-9+/]+={0,2}", "uri": r"\S+", "url": r"\S+", "canonical": r"\S+",
        }

        def check_type(kind, value, path):
            if kind in formats:
                if not isinstance(value, str) or not re.fullmatch(formats[kind], value):
                    fault(f"{path}: not a {kind}: {value!r}")
            elif kind in ("string", "markdown", "xhtml", "http://hl7.org/fhirpath/System.String"):
                if not isinstance(value, str) or not value.strip() or value != value.strip():
                    fault(f"{path}: not a string: {value!r}")
            elif kind == "boolean":
                if not isinstance(value, bool):
                    fault(f"{path}: not a boolean")
            elif kind in ("integer", "positiveInt", "unsignedInt"):
                if not isinstance(value, int) or isinstance(value, bool) or value < (kind == "positiveInt"):
                    fault(f"{path}: not a {kind}: {value}")
            elif kind == "decimal":
                if not isinstance(value, (int, Decimal)) or isinstance(value, bool):
                    fault(f"{path}: not a decimal")
            elif kind == "Resource":
                check(value["resourceType"], value, value["resourceType"])
            elif isinstance(value, dict):
                check(kind, value, path)
            else:
                fault(f"{path}: not an object of {kind}")

        def check_binding(element, value, kind, path):
            binding = element.get("binding", {})
            if binding.get("strength") != "required":
                return
            url = binding.get("valueSet", "")
            allowed = cache.setdefault(url, members(url))
            if not allowed:
                return
            if kind == "code":
                if value not in {code for _, code in allowed}:
                    fault(f"{path}: code {value!r} is not in {url}")
            else:
                codings = value.get("coding", []) if kind == "CodeableConcept" else [value]
                if not any((c.get("system"), c.get("code")) in allowed for c in codings):
                    fault(f"{path}: no coding is in {url}")

        def check(base, value, path):
            left = set(value)
            if base in structures and base == path:
                left.discard("resourceType")
            for element in children.get(base, []):
                name = element["path"].rpartition(".")[2]
                if "contentReference" in element:
                    kinds = [(name, element["contentReference"][1:])]
                elif name.endswith("[x]"):
                    kinds = [(name[:-3] + t["code"][0].upper() + t["code"][1:], t["code"]) for t in element["type"]]
                else:
                    kinds = [(name, element["type"][0]["code"])]
                present = [(key, kind) for key, kind in kinds if key in value]
                if not present:
                    if element["min"] > 0:
                        fault(f"{path}.{name}: missing")
                    continue
                if len(present) > 1:
                    fault(f"{path}.{name}: more than one type")
                key, kind = present[0]
                left.discard(key)
                content = value[key]
                many = element["max"] not in ("0", "1")
                if many != isinstance(content, list) or content == []:
                    fault(f"{path}.{key}: wrong cardinality")
                    continue
                for item in content if many else [content]:
                    inner = f"{path}.{key}"
                    if kind in ("BackboneElement", "Element"):
                        check(element["path"], item, inner)
                    elif "." in kind and not kind.startswith("http"):
                        check(kind, item, inner)
                    else:
                        check_type(kind, item, inner)
                        check_binding(element, item, kind, inner)
            for key in left:
                fault(f"{path}.{key}: unknown element")

        def walk(value, visit):
            if isinstance(value, dict):
                visit(value)
                for inner in value.values():
                    walk(inner, visit)
            elif isinstance(value, list):
                for inner in value:
                    walk(inner, visit)

        shared = set()
        for entry in load(open(folder + "/infrastructure.json", encoding="utf-8").read())["entry"]:
            resource = entry["resource"]
            for identifier in resource["identifier"]:
                key = (resource["resourceType"], identifier["system"] + "|" + identifier["value"])
                if key in shared:
                    fault(f"two shared resources have the identifier {key}")
                shared.add(key)
        known = {f"{t}/{i}" for t, i in (
            (r["resourceType"], r["id"])
            for line in open(folder + "/infrastructure.ndjson", encoding="utf-8") for r in [load(line)])}
        by_type, total, decimals = collections.Counter(), 0, 0
        for name in sorted(glob.glob(folder + "/*.json")):
            bundle = load(open(name, encoding="utf-8").read())
            entries = bundle["entry"]
            if definitions:
                check("Bundle", bundle, "Bundle")
            urls = [entry["fullUrl"] for entry in entries]
            if len(set(urls)) != len(urls):
                fault(f"{name}: an entry twice")
            literal = {}
            for entry in entries:
                resource = entry["resource"]
                named = (entry["fullUrl"], entry["request"]["url"])
                if named != ("urn:uuid:" + resource["id"], resource["resourceType"]):
                    fault("entry and resource disagree")
                if ids.setdefault(resource["id"], name) != name:
                    fault("an id in two bundles")
                literal[entry["fullUrl"]] = resource["resourceType"] + "/" + resource["id"]
                by_type[resource["resourceType"]] += 1
                total += 1

            def refer(node):
                reference = node.get("reference")
                if isinstance(reference, str):
                    if reference.startswith("urn:uuid:"):
                        if reference not in literal:
                            fault("unresolved " + reference)
                    else:
                        kind, _, token = reference.partition("?identifier=")
                        if (kind, token) not in shared:
                            fault("unresolved " + reference)
            walk(entries, refer)
            lines = open(name[:-4] + "ndjson", encoding="utf-8").read().splitlines()
            if len(lines) != len(entries):
                fault("the two forms differ in number")
            local = known | set(literal.values())
            for line, entry in zip(lines, entries):
                resource, other = entry["resource"], load(line)

                def settle(node):
                    reference = node.get("reference")
                    if isinstance(reference, str):
                        if "/" not in reference or ":" in reference or reference not in local:
                            fault("unresolved in lines: " + reference)

                walk(other, settle)
                def blank(node):
                    if isinstance(node.get("reference"), str):
                        node["reference"] = ""
                walk(other, blank)
                walk(resource, blank)
                if other != resource:
                    fault("the two forms differ in " + resource["resourceType"])
            first, last = "", "2025-12-31"
            for entry in entries:
                resource = entry["resource"]
                starts = [resource.get(key, "") for key in (
                    "effectiveDateTime", "authoredOn", "recordedDate", "occurrenceDateTime", "issued", "date", "created")]
                for key in ("period", "performedPeriod", "billablePeriod"):
                    starts += [resource.get(key, {}).get(end, "") for end in ("start", "end")]
                for start in starts:
                    if start and not first <= start[:10] <= last:
                        fault(f"{resource['resourceType']} of {start} outside of the life {first} to {last}")
                if resource["resourceType"] == "Patient":
                    first, last = resource.get("birthDate", ""), resource.get("deceasedDateTime", last)[:10]
                    for identifier in resource["identifier"]:
                        key = (identifier["system"], identifier["value"])
                        if numbers.setdefault(key, name) != name and identifier["type"]["coding"][0]["code"] != "DL":
                            fault(f"an identifier of two patients: {key}")
                    kinds = {i["type"]["coding"][0]["code"] for i in resource["identifier"]}
                    telecom = {t["system"] for t in resource["telecom"]}
                    if not {"MR", "SS"} <= kinds or "phone" not in telecom:
                        fault("a patient lacks MRN, SSN or telephone")
                    for key in ("name", "gender", "birthDate", "address", "maritalStatus", "communication"):
                        if key not in resource:
                            fault("a patient lacks " + key)
                if resource["resourceType"] == "Observation":
                    value = resource.get("valueQuantity", {}).get("value")
                    decimals += isinstance(value, Decimal)
                    rest = {"component", "dataAbsentReason"} | {k for k in resource if k.startswith("value")}
                    if not rest & set(resource):
                        fault("an observation without a value")
                    if value is not None and value < 0:
                        fault("a negative value")
                if "onsetDateTime" in resource and "abatementDateTime" in resource:
                    if resource["abatementDateTime"][:10] < resource["onsetDateTime"][:10]:
                        fault("a condition ends before it begins")
        for text, count in faults.most_common(40):
            print(f"FAULT {count} x {text}")
        print(total, "resources", dict(by_type), decimals, "decimals")
        sys.exit(1 if faults or not decimals else 0)
        """#
}
