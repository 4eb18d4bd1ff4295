"""Makes a corpus of source files and queries over it, each with the ids that R4's search rules give by brute force.

Arguments: a zip of Synthea Bundles, how many of them, the zip of R4 examples, the folder for the corpus, a seed, and how
many queries. Nothing here knows how Martlet finds anything: parameters are a table of plain element paths, and every
query is tried on every resource.
Source: FHIR R4 search, https://hl7.org/fhir/R4/search.html
"""

import collections
import datetime
import decimal
import json
import os
import random
import re
import sys
import unicodedata
import zipfile

import source

D = decimal.Decimal
decimal.getcontext().prec = 60
INFINITE = 1 << 62

# Type, parameter, kind, and where its values lie: each path with the data type that it holds.
PARAMETERS = [
    ("Patient", "name", "string", [("name", "HumanName")]),
    ("Patient", "family", "string", [("name.family", "string")]),
    ("Patient", "given", "string", [("name.given", "string")]),
    ("Patient", "address", "string", [("address", "Address")]),
    ("Patient", "address-city", "string", [("address.city", "string")]),
    ("Patient", "address-postalcode", "string", [("address.postalCode", "string")]),
    ("Patient", "birthdate", "date", [("birthDate", "date")]),
    ("Patient", "death-date", "date", [("deceasedDateTime", "date")]),
    ("Patient", "gender", "token", [("gender", "code")]),
    ("Patient", "identifier", "token", [("identifier", "Identifier")]),
    ("Patient", "telecom", "token", [("telecom", "ContactPoint")]),
    ("Patient", "phone", "token", [("telecom[system=phone]", "ContactPoint")]),
    ("Patient", "email", "token", [("telecom[system=email]", "ContactPoint")]),
    ("Patient", "active", "token", [("active", "boolean")]),
    ("Patient", "language", "token", [("communication.language", "CodeableConcept")]),
    ("Patient", "general-practitioner", "reference", [("generalPractitioner", "Reference")]),
    ("Patient", "organization", "reference", [("managingOrganization", "Reference")]),
    ("Practitioner", "name", "string", [("name", "HumanName")]),
    ("Practitioner", "identifier", "token", [("identifier", "Identifier")]),
    ("Organization", "name", "string", [("name", "string"), ("alias", "string")]),
    ("Organization", "address-state", "string", [("address.state", "string")]),
    ("Organization", "type", "token", [("type", "CodeableConcept")]),
    ("Observation", "code", "token", [("code", "CodeableConcept")]),
    ("Observation", "category", "token", [("category", "CodeableConcept")]),
    ("Observation", "status", "token", [("status", "code")]),
    ("Observation", "date", "date", [("effectiveDateTime", "date"), ("effectivePeriod", "Period"),
                                     ("effectiveInstant", "date"), ("effectiveTiming", "Timing")]),
    ("Observation", "subject", "reference", [("subject", "Reference")]),
    ("Observation", "patient", "reference", [("subject", "Reference(Patient)")]),
    ("Observation", "encounter", "reference", [("encounter", "Reference")]),
    ("Observation", "performer", "reference", [("performer", "Reference")]),
    ("Observation", "has-member", "reference", [("hasMember", "Reference")]),
    ("Observation", "value-quantity", "quantity", [("valueQuantity", "Quantity"), ("valueSampledData", "other")]),
    ("Observation", "value-concept", "token", [("valueCodeableConcept", "CodeableConcept")]),
    ("Observation", "component-code", "token", [("component.code", "CodeableConcept")]),
    ("Observation", "component-value-quantity", "quantity",
     [("component.valueQuantity", "Quantity"), ("component.valueSampledData", "other")]),
    ("Observation", "combo-code", "token", [("code", "CodeableConcept"), ("component.code", "CodeableConcept")]),
    ("Observation", "combo-value-quantity", "quantity",
     [("valueQuantity", "Quantity"), ("component.valueQuantity", "Quantity"), ("valueSampledData", "other"),
      ("component.valueSampledData", "other")]),
    ("Condition", "code", "token", [("code", "CodeableConcept")]),
    ("Condition", "clinical-status", "token", [("clinicalStatus", "CodeableConcept")]),
    ("Condition", "onset-date", "date", [("onsetDateTime", "date"), ("onsetPeriod", "Period")]),
    ("Condition", "recorded-date", "date", [("recordedDate", "date")]),
    ("Condition", "subject", "reference", [("subject", "Reference")]),
    ("Encounter", "class", "token", [("class", "Coding")]),
    ("Encounter", "date", "date", [("period", "Period")]),
    ("Encounter", "participant", "reference", [("participant.individual", "Reference")]),
    ("Encounter", "length", "quantity", [("length", "Quantity")]),
    ("Encounter", "reason-code", "token", [("reasonCode", "CodeableConcept")]),
    ("MedicationRequest", "code", "token", [("medicationCodeableConcept", "CodeableConcept")]),
    ("MedicationRequest", "authoredon", "date", [("authoredOn", "date")]),
    ("MedicationRequest", "intent", "token", [("intent", "code")]),
    ("Procedure", "date", "date", [("performedDateTime", "date"), ("performedPeriod", "Period"),
                                   ("performedString", "other"), ("performedAge", "other"),
                                   ("performedRange", "other")]),
    ("Procedure", "code", "token", [("code", "CodeableConcept")]),
    ("Immunization", "vaccine-code", "token", [("vaccineCode", "CodeableConcept")]),
    ("Immunization", "date", "date", [("occurrenceDateTime", "date"), ("occurrenceString", "other")]),
    ("Claim", "provider", "reference", [("provider", "Reference")]),
    ("Claim", "created", "date", [("created", "date")]),
    ("ExplanationOfBenefit", "claim", "reference", [("claim", "Reference")]),
    ("ImagingStudy", "modality", "token", [("series.modality", "Coding")]),
    ("Goal", "lifecycle-status", "token", [("lifecycleStatus", "code")]),
    ("Goal", "target-date", "date", [("target.dueDate", "date")]),
    ("RiskAssessment", "probability", "number",
     [("prediction.probabilityDecimal", "number"), ("prediction.probabilityRange", "Range")]),
    ("MolecularSequence", "window-start", "number", [("referenceSeq.windowStart", "number")]),
    ("MolecularSequence", "window-end", "number", [("referenceSeq.windowEnd", "number")]),
    ("MolecularSequence", "variant-start", "number", [("variant.start", "number")]),
    ("MolecularSequence", "chromosome", "token", [("referenceSeq.chromosome", "CodeableConcept")]),
    ("Substance", "quantity", "quantity", [("instance.quantity", "Quantity")]),
    ("MedicationDispense", "whenprepared", "date", [("whenPrepared", "date")]),
    ("MedicationDispense", "subject", "reference", [("subject", "Reference")]),
    ("Medication", "ingredient-code", "token", [("ingredient.itemCodeableConcept", "CodeableConcept")]),
    ("Task", "status", "token", [("status", "code")]),
    ("Task", "period", "date", [("executionPeriod", "Period")]),
    ("Specimen", "collected", "date", [("collection.collectedDateTime", "date"), ("collection.collectedPeriod", "Period")]),
    ("Account", "period", "date", [("servicePeriod", "Period")]),
    ("ActivityDefinition", "url", "uri", [("url", "uri")]),
    ("ActivityDefinition", "title", "string", [("title", "string")]),
    ("Library", "url", "uri", [("url", "uri")]),
    ("Library", "version", "token", [("version", "string")]),
    ("PlanDefinition", "url", "uri", [("url", "uri")]),
    ("PlanDefinition", "description", "string", [("description", "string")]),
    ("Measure", "url", "uri", [("url", "uri")]),
    ("Questionnaire", "url", "uri", [("url", "uri")]),
    ("Questionnaire", "name", "string", [("name", "string")]),
    ("TestScript", "url", "uri", [("url", "uri")]),
    ("CapabilityStatement", "url", "uri", [("url", "uri")]),
    ("CapabilityStatement", "software", "string", [("software.name", "string")]),
]

# Type, parameter, the element whose parts belong together, and its two parts.
COMPOSITES = [
    ("Observation", "code-value-quantity", "", ("token", [("code", "CodeableConcept")]),
     ("quantity", [("valueQuantity", "Quantity"), ("valueSampledData", "other")])),
    ("Observation", "code-value-date", "", ("token", [("code", "CodeableConcept")]),
     ("date", [("valueDateTime", "date"), ("valuePeriod", "Period")])),
    ("Observation", "component-code-value-quantity", "component", ("token", [("code", "CodeableConcept")]),
     ("quantity", [("valueQuantity", "Quantity"), ("valueSampledData", "other")])),
]

# What a parameter's references may point at, where the corpus has some that point elsewhere: an id alone means one of these.
TARGETS = {
    ("Observation", "performer"): {"CareTeam", "Organization", "Patient", "Practitioner", "PractitionerRole", "RelatedPerson"},
}

# Vocabularies that codes without a system belong to.
IMPLIED = {
    ("Patient", "gender"): "http://hl7.org/fhir/administrative-gender",
    ("Observation", "status"): "http://hl7.org/fhir/observation-status",
}


# MARK: Values of resources

def at(value, path):
    """All values at a path, arrays flattened."""
    values = [value]
    if not path:
        return values
    for step in path.split("."):
        wanted = None
        if "[" in step:
            step, test = step.rstrip("]").split("[")
            wanted = test.split("=")
        found = []
        for value in values:
            child = value.get(step) if isinstance(value, dict) else None
            found += child if isinstance(child, list) else [] if child is None else [child]
        values = [value for value in found if value is not None]
        if wanted:
            values = [value for value in values if value.get(wanted[0]) == wanted[1]]
    return values


def typed(resource, places):
    for path, kind in places:
        for value in at(resource, path):
            if kind == "Reference(Patient)" and not points_at_patient(resource, value):
                continue
            yield kind, value


def points_at_patient(resource, reference):
    text = reference.get("reference", "")
    if text.startswith("#"):
        return any(inner.get("id") == text[1:] and inner["resourceType"] == "Patient"
                   for inner in resource.get("contained", []))
    return re.search(r"(^|/)Patient/[A-Za-z0-9.-]{1,64}($|/_history/)", text) is not None \
        or (not text and reference.get("type") == "Patient")


# MARK: Strings

def folded(text):
    text = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ø", "o").replace("Ø", "o"))
    text = "".join(c for c in text if not unicodedata.combining(c)).lower()
    text = re.sub("['’ʼ]", "", text)
    text = "".join(c if unicodedata.category(c)[0] not in "PSZC" else " " for c in text)
    return " ".join(text.split())


PARTS = {
    "HumanName": ["family", "given", "prefix", "suffix", "text"],
    "Address": ["line", "city", "district", "state", "postalCode", "country", "text"],
}


def strings(kind, value):
    if kind == "string":
        return [value]
    return [text for part in PARTS[kind] for text in at(value, part)]


def string_holds(values, text, modifier):
    for kind, value in values:
        for own in strings(kind, value):
            if modifier == "exact" and own == text:
                return True
            if modifier == "contains" and folded(text) in folded(own):
                return True
            if modifier is None and folded(own).startswith(folded(text)):
                return True
    return False


# MARK: Tokens

def tokens(kind, value, implied=None):
    """System (None for none) and code; the system of a code is implied by its binding."""
    if kind in ("code", "string"):
        return [(implied, value)]
    if kind == "boolean":
        return [(None, "true" if value else "false")]
    if kind == "Identifier":
        return [(value.get("system"), value.get("value"))]
    if kind == "ContactPoint":
        return [("contact", value.get("value"))]
    codings = [value] if kind == "Coding" else at(value, "coding")
    return [(coding.get("system"), coding.get("code")) for coding in codings]


def token_holds(values, system, code, implied):
    """`system` is "any", None for none, or a name; `code` None for any."""
    for kind, value in values:
        for own_system, own_code in tokens(kind, value, implied):
            if code is not None and own_code != code:
                continue
            if code is None and own_system is None:
                continue
            if own_code is None and system == "any":
                continue
            if system == "any" or own_system == system or (system is None and implied and own_system == implied):
                return True
    return False


def texts(kind, value):
    if kind == "CodeableConcept":
        return at(value, "text") + at(value, "coding.display")
    if kind == "Coding":
        return at(value, "display")
    if kind == "Identifier":
        return at(value, "type.text")
    return []


# MARK: Dates

def moments(text):
    """First and last microsecond of a date, dateTime or instant; UTC where no zone is given."""
    match = re.match(r"^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$", text)
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    epoch = datetime.datetime(1970, 1, 1)

    def micros(moment):
        return (moment - epoch) // datetime.timedelta(microseconds=1)

    start = datetime.datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0),
                              int(second or 0))
    if month is None:
        end = micros(datetime.datetime(int(year), 12, 31)) + 86_400_000_000
    elif day is None:
        following = datetime.datetime(int(year) + int(month) // 12, int(month) % 12 + 1, 1)
        end = micros(following)
    elif hour is None:
        end = micros(start) + 86_400_000_000
    elif second is None:
        end = micros(start) + 60_000_000
    elif fraction is None:
        end = micros(start) + 1_000_000
    else:
        part = int((fraction + "000000")[:6])
        unit = 10 ** max(0, 6 - len(fraction))
        start_micros = micros(start) + part
        return shifted(start_micros, start_micros + unit - 1, zone)
    return shifted(micros(start), end - 1, zone)


def shifted(low, high, zone):
    if not zone or zone == "Z":
        return low, high
    offset = (int(zone[1:3]) * 60 + int(zone[4:6])) * 60_000_000 * (1 if zone[0] == "+" else -1)
    return low - offset, high - offset


def span(kind, value):
    if kind == "date":
        return moments(value)
    if kind == "Period":
        if "start" not in value and "end" not in value:
            return None
        low = moments(value["start"])[0] if "start" in value else -INFINITE
        high = moments(value["end"])[1] if "end" in value else INFINITE
        return low, high
    if kind == "Timing":
        spans = [moments(event) for event in value.get("event", [])]
        bounds = at(value, "repeat.boundsPeriod")
        spans += [span("Period", period) for period in bounds]
        return (min(s[0] for s in spans), max(s[1] for s in spans)) if spans else None
    return None


def date_holds(values, prefix, low, high):
    for kind, value in values:
        own = span(kind, value)
        if own is None:
            continue
        first, last = own
        contained = low <= first and last <= high
        if {
            "eq": contained, "ne": not contained,
            "gt": last > high, "lt": first < low,
            "ge": last > high or contained, "le": first < low or contained,
            "sa": first > high, "eb": last < low,
            "ap": last >= low and first <= high,
        }[prefix]:
            return True
    return False


# MARK: Numbers

def bounds(kind, value):
    """Least and greatest number, None where open."""
    if kind == "number":
        return D(value[1]), D(value[1])
    if kind == "Range":
        low, high = (at(value, end + ".value") for end in ("low", "high"))
        return (D(low[0][1]) if low else None), (D(high[0][1]) if high else None)
    if kind == "Quantity":
        if "value" not in value:
            return None
        number = D(value["value"][1])
        comparator = value.get("comparator", "")
        return (None if comparator.startswith("<") else number), (None if comparator.startswith(">") else number)
    return None


def number_matches(own, prefix, text):
    if own is None or own == (None, None):
        return False
    least = own[0] if own[0] is not None else D("-Infinity")
    most = own[1] if own[1] is not None else D("Infinity")
    wanted = D(text)
    half = D(5).scaleb(wanted.as_tuple().exponent - 1)
    inside = wanted - half <= least and most < wanted + half
    margin = abs(wanted) / 10
    return {
        "eq": inside, "ne": not inside, "gt": most > wanted, "lt": least < wanted, "ge": most >= wanted,
        "le": least <= wanted, "sa": least > wanted, "eb": most < wanted,
        "ap": most >= wanted - margin and least <= wanted + margin,
    }[prefix]


def quantity_holds(values, prefix, text, system, unit):
    for kind, value in values:
        if not number_matches(bounds(kind, value), prefix, text):
            continue
        if system is not None and value.get("system") != system:
            continue
        if unit is not None and value.get("code") != unit and not (system is None and value.get("unit") == unit):
            continue
        return True
    return False


# MARK: References

def reference_holds(values, text, kind_wanted, targets=None):
    """`text` is an id, Type/id, or an absolute URL; `kind_wanted` the type of a modifier."""
    for _, value in values:
        own = re.sub(r"/_history/[^/]+$", "", value.get("reference", ""))
        if kind_wanted:
            if own == kind_wanted + "/" + text:
                return True
        elif "/" in text or ":" in text:
            if own == text:
                return True
        elif re.match(r"^[A-Za-z]+/" + re.escape(text) + "$", own) and own.split("/")[0] in (targets or [own.split("/")[0]]):
            return True
    return False


# MARK: Queries

def escaped(text):
    return re.sub(r"([\\,|$])", r"\\\1", text)


class Maker:
    def __init__(self, corpus, seed):
        self.random = random.Random(seed)
        self.corpus = corpus
        self.now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)

    def choose(self, things):
        return self.random.choice(things)

    def some_value(self, kind, parameter_values):
        """One value of one resource."""
        holders = [values for values in parameter_values.values() if values]
        return self.choose(self.choose(holders)) if holders else None

    def clause(self, type_name, code, kind, places):
        """A parameter with its value, and the ids for which it holds."""
        values = {identity: list(typed(resource, places)) for identity, resource in self.corpus[type_name].items()}
        implied = IMPLIED.get((type_name, code))
        self.targets = TARGETS.get((type_name, code))
        if self.random.random() < 0.08:
            missing = self.choose([True, False])
            wanted = {identity for identity, own in values.items() if (not own) == missing}
            return code + ":missing", "true" if missing else "false", wanted
        known = {identity: [own for own in each if own[0] != "other"] for identity, each in values.items()}
        alternatives = self.choose([1, 1, 1, 2, 3])
        modifier = self.modifier(kind, code)
        parts, holding = [], set()
        for _ in range(alternatives):
            made = self.alternative(kind, known, modifier, implied)
            if made is None:
                return None
            text, test = made
            parts.append(text)
            holding |= {identity for identity, own in known.items() if test(own)}
        if modifier == "not":
            holding = set(known) - holding
        name = code + (":" + modifier if modifier else "")
        if kind == "reference" and modifier == "Type":
            name = code + ":Patient"
        return name, ",".join(parts), holding

    def modifier(self, kind, code):
        if kind == "string":
            return self.choose([None, None, "exact", "contains"])
        if kind == "token" and code not in ("active", "phone", "email", "telecom"):
            return self.choose([None, None, None, "not", "text"])
        if kind == "reference" and code in ("subject", "patient"):
            return self.choose([None, None, "Type"])
        return None

    def alternative(self, kind, values, modifier, implied):
        """The text of a value, and a test of a resource's values."""
        chosen = self.some_value(kind, values)
        if chosen is None:
            return None
        data_type, value = chosen
        return getattr(self, kind)(data_type, value, modifier, implied)

    def string(self, data_type, value, modifier, implied):
        texts_of_value = [text for text in strings(data_type, value) if folded(text)]
        if not texts_of_value:
            return None
        text = self.choose(texts_of_value)
        if modifier == "contains":
            start = self.random.randrange(len(text))
            text = text[start:start + self.random.randint(1, 8)]
        elif modifier is None:
            text = text[:self.random.randint(1, min(len(text), 12))]
            text = self.choose([text, text.upper(), text.lower(), text.swapcase()])
        elif self.random.random() < 0.3:
            text = text.lower()
        text = text.strip()
        if not folded(text) or any(ord(c) > 0x24F for c in text):
            return None
        return escaped(text), lambda own: string_holds(own, text, modifier)

    def token(self, data_type, value, modifier, implied):
        if modifier == "text":
            found = [text for text in texts(data_type, value) if folded(text)]
            if not found:
                return None
            text = self.choose(found)[:self.random.randint(1, 15)].strip()
            if not folded(text):
                return None
            return escaped(text), lambda own: any(
                folded(display).startswith(folded(text)) for kind, each in own for display in texts(kind, each))
        found = [pair for pair in tokens(data_type, value, implied) if pair[1]]
        if not found:
            return None
        system, code = self.choose(found)
        if self.random.random() < 0.05:
            code += "-none"
        forms = ["code"]
        if data_type in ("Identifier", "Coding", "CodeableConcept"):
            forms += ["nosystem"] + (["both", "both", "system"] if system else [])
        elif implied:
            forms += ["both"]
        form = self.choose(forms)
        if form == "code":
            return escaped(code), lambda own: token_holds(own, "any", code, implied)
        if form == "nosystem":
            return "|" + escaped(code), lambda own: token_holds(own, None, code, None)
        if form == "system":
            return escaped(system) + "|", lambda own: token_holds(own, system, None, implied)
        return escaped(system) + "|" + escaped(code), lambda own: token_holds(own, system, code, implied)

    def date(self, data_type, value, modifier, implied):
        texts_of_value = [value] if data_type == "date" else \
            [value[end] for end in ("start", "end") if end in value] if data_type == "Period" else value.get("event", [])
        if not texts_of_value:
            return None
        text = self.choose(texts_of_value)
        lengths = [size for size in (4, 7, 10, len(text)) if size <= len(text)]
        text = text[:self.choose(lengths)]
        if self.random.random() < 0.2:
            text = str(int(text[:4]) + self.choose([-1, 1])) + ("" if len(text) == 4 else "-06-15")
        prefix = self.choose(["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"])
        low, high = moments(text)
        if prefix != "ap":
            return prefix + text, lambda own: date_holds(own, prefix or "eq", low, high)
        now = (self.now - datetime.datetime(1970, 1, 1)) // datetime.timedelta(microseconds=1)
        margin = abs(now - (low + high) // 2) // 10
        hour = 3_600_000_000
        # How long the test has been running must not matter: what lies at the margin is left undecided.
        for identity, each in self.undecided:
            narrow = date_holds(each, "ap", low - margin + hour, high + margin - hour)
            if narrow != date_holds(each, "ap", low - margin - hour, high + margin + hour):
                return None
        return "ap" + text, lambda own: date_holds(own, "ap", low - margin, high + margin)

    undecided = ()

    def plain_number(self, number):
        """A number near one of the corpus, in one of several precisions."""
        number = self.choose([number, number, number + 1, number * 2, number.quantize(D("0.1")), number.quantize(D(1))])
        return format(number, "f")

    def number(self, data_type, value, modifier, implied):
        ends = [end for end in bounds(data_type, value) or () if end is not None]
        if not ends:
            return None
        text = self.plain_number(self.choose(ends))
        prefix = self.choose(["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"] + (["ap"] if abs(D(text)) > 50 else []))
        return prefix + text, lambda own: any(
            number_matches(bounds(kind, each), prefix or "eq", text) for kind, each in own)

    def quantity(self, data_type, value, modifier, implied):
        if "value" not in value:
            return None
        text = self.plain_number(D(value["value"][1]))
        prefix = self.choose(["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"] + (["ap"] if abs(D(text)) > 50 else []))
        form = self.choose(["bare", "unit", "both"])
        system, unit = value.get("system"), value.get("code")
        if form == "both" and system and unit:
            return f"{prefix}{text}|{escaped(system)}|{escaped(unit)}", \
                lambda own: quantity_holds(own, prefix or "eq", text, system, unit)
        unit = self.choose([each for each in (unit, value.get("unit")) if each] or [None])
        if form == "unit" and unit:
            return f"{prefix}{text}||{escaped(unit)}", lambda own: quantity_holds(own, prefix or "eq", text, None, unit)
        return prefix + text, lambda own: quantity_holds(own, prefix or "eq", text, None, None)

    def reference(self, data_type, value, modifier, implied):
        text = value.get("reference", "")
        if modifier == "Type":
            match = re.match(r"^Patient/([A-Za-z0-9.-]+)$", text)
            return (match[1], lambda own: reference_holds(own, match[1], "Patient")) if match else None
        if not text or text.startswith("#") or "|" in text:
            return None
        text = re.sub(r"/_history/[^/]+$", "", text)
        if re.match(r"^[A-Za-z]+/[A-Za-z0-9.-]+$", text) and self.random.random() < 0.4:
            text = text.split("/")[1]
        targets = self.targets
        return escaped(text), lambda own: reference_holds(own, text, None, targets)

    def uri(self, data_type, value, modifier, implied):
        text = value if self.random.random() < 0.8 else value + "/x"
        return escaped(text), lambda own: any(each == text for _, each in own)

    def composite(self, type_name, code, element, first, second):
        groups = {}
        for identity, resource in self.corpus[type_name].items():
            groups[identity] = [(list(typed(part, first[1])), list(typed(part, second[1]))) for part in at(resource, element)]
        whole = [pair for pairs in groups.values() for pair in pairs
                 if pair[0] and any(kind != "other" for kind, _ in pair[1])]
        if not whole:
            return None
        parts, holding = [], set()
        for _ in range(self.choose([1, 1, 2])):
            one, two = self.choose(whole)
            left = self.token(*self.choose(one), None, None)
            right = getattr(self, second[0])(*self.choose([pair for pair in two if pair[0] != "other"]), None, None)
            if left is None or right is None:
                return None
            parts.append(left[0] + "$" + right[0])
            holding |= {identity for identity, pairs in groups.items()
                        if any(left[1](pair[0]) and right[1](pair[1]) for pair in pairs)}
        return code, ",".join(parts), holding

    def ids(self, type_name):
        known = sorted(self.corpus[type_name])
        chosen = self.random.sample(known, min(len(known), self.random.randint(1, 4)))
        return "_id", ",".join(chosen + (["none"] if self.random.random() < 0.3 else [])), set(chosen)

    def query(self):
        """A random query of one to three clauses of a type, with what it finds."""
        if self.random.random() < 0.12:
            made = self.choose(COMPOSITES)
            type_name = made[0]
            clauses = [("composite", self.composite(*made))]
        else:
            made = self.choose(PARAMETERS)
            type_name = made[0]
            self.note_dates(made)
            clauses = [(made[2], self.clause(*made))]
        others = [each for each in PARAMETERS if each[0] == type_name]
        while self.random.random() < 0.35 and len(clauses) < 3:
            other = self.choose(others)
            self.note_dates(other)
            clauses.append((other[2], self.clause(*other)))
        if self.random.random() < 0.05:
            clauses.append(("id", self.ids(type_name)))
        if any(clause is None for _, clause in clauses):
            return None
        holding = set(self.corpus[type_name])
        for _, (_, _, own) in clauses:
            holding &= own
        return {
            "type": type_name, "kinds": [kind for kind, _ in clauses],
            "parameters": [[name, value] for _, (name, value, _) in clauses], "ids": sorted(holding),
        }

    def note_dates(self, parameter):
        if parameter[2] == "date":
            self.undecided = [(identity, list(typed(resource, parameter[3])))
                              for identity, resource in self.corpus[parameter[0]].items()]


def main():
    synthea, patients, examples, folder, seed, wanted = sys.argv[1:7]
    os.makedirs(folder)
    with zipfile.ZipFile(synthea) as archive:
        for name in random.Random(int(seed)).sample(sorted(archive.namelist()), int(patients)):
            with open(os.path.join(folder, "synthea-" + os.path.basename(name)), "wb") as file:
                file.write(archive.read(name))
    for name, data in source.members(examples):
        if json.loads(data)["resourceType"] != "Bundle":
            with open(os.path.join(folder, "example-" + name), "wb") as file:
                file.write(data)
    corpus = collections.defaultdict(dict)
    for resource in source.resources(folder):
        corpus[resource["resourceType"]][resource["id"]] = resource
    maker = Maker(corpus, int(seed))
    queries = []
    while len(queries) < int(wanted):
        query = maker.query()
        if query:
            queries.append(query)
    json.dump({"resources": sum(map(len, corpus.values())), "queries": queries}, sys.stdout)


main()
