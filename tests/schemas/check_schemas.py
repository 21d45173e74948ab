"""Holds `schemas/` against the corpus of events: what the decoder takes is valid, and what it refuses is not.

What the decoder makes of each case is part of the case, and `cargo test --test decode` holds the decoder to it. Where a
schema cannot say what the decoder asks for, the case stands in REASONS. Run from the repository's root.
"""

import base64
import json
import sys
import tomllib
from pathlib import Path

import regress
from jsonschema import Draft202012Validator, ValidationError, validators
from referencing import Registry, Resource

CORPUS = Path("tests/fixtures/events")
FRAME_BYTES = 5
# no JSON at all, or not looked at: there is nothing that a schema could judge
WITHOUT_INSTANCE = {"invalid_json", "too_large"}

# what is beyond a schema, and the cases of it
REASONS = {
    "a name that is given twice is gone before a schema sees it": [
        "completed_twice", "event_id_twice", "event_id_twice_in_other_letters", "notes_twice", "played_at_twice",
        "played_for_twice", "source_twice", "structured_data_twice", "structured_id_twice", "type_twice",
        "user_id_twice", "version_twice",
    ],
    "the bounds of times follow from the record's timestamp, or the clock": [
        "occurred_at_too_late", "played_at_beyond_64_bits", "played_at_digits_beyond_a_double",
        "played_at_past_an_old_record", "played_at_past_the_clock", "played_at_that_overflows", "played_at_too_early",
        "played_at_too_late", "played_at_too_late_in_milliseconds", "played_at_year_9999", "structured_time_too_late",
    ],
    "a pattern does not know which months have how many days": ["played_at_february_29"],
    "to a schema 1.0 is the whole number 1": [
        "played_at_milliseconds_with_exponent", "played_for_exponent", "played_for_fraction", "version_fraction",
    ],
    "data in Base64 is a text to a schema": ["structured_base64_broken", "structured_base64_cut_short"],
    "the headers of a record are one object here": ["binary_id_not_utf_8", "binary_id_twice", "binary_id_without_value"],
}
BEYOND = {name for names in REASONS.values() for name in names}


def pattern(validator, wanted, instance, _schema):
    """A pattern as JSON Schema means it: by the rules of ECMAScript, which are not Python's."""
    if validator.is_type(instance, "string") and regress.Regex(wanted, "u").find(instance) is None:
        yield ValidationError(f"{instance!r} does not match {wanted!r}")


def load() -> tuple:
    """A validator of plain events and one of CloudEvents; the schemas themselves are valid, too."""
    texts = {path.name: json.loads(path.read_text()) for path in sorted(Path("schemas").glob("*.json"))}
    for schema in texts.values():
        Draft202012Validator.check_schema(schema)
    registry = Registry().with_resources((name, Resource.from_contents(text)) for name, text in texts.items())
    strict = validators.extend(Draft202012Validator, {"pattern": pattern})
    return strict(texts["event.json"], registry=registry), strict(texts["cloudevent.json"], registry=registry)


def content(case: dict) -> bytes | None:
    """A value as it is given in a case: as text or encoded."""
    if "value_base64" in case:
        return base64.b64decode(case["value_base64"])
    return case["value"].encode() if "value" in case else None


def parse(value: bytes) -> object:
    """The JSON in a value, without a schema registry's frame."""
    return json.loads(value[FRAME_BYTES:] if value[:1] == b"\0" else value)


def instance(case: dict) -> tuple[object, bool]:
    """What a schema judges, and whether it is a CloudEvent; one in binary mode as it would be in structured mode."""
    headers = [(header["name"], (content(header) or b"").decode(errors="replace")) for header in case.get("headers", [])]
    value = content(case)
    kinds = [text.lower() for name, text in headers if name.lower() == "content-type"]
    if any(kind.startswith("application/cloudevents") for kind in kinds):
        return parse(value), True
    if any(header["name"] == "ce_specversion" and content(header) is not None for header in case.get("headers", [])):
        attributes = {name.removeprefix("ce_"): text for name, text in headers if name.startswith("ce_")}
        return attributes | {"data": parse(value), "data_base64": None}, True
    return parse(value), False


def main() -> int:
    plain, enveloped = load()
    faults, judged, beyond = [], {True: 0, False: 0}, set()
    for path in sorted(CORPUS.glob("*/*.toml")):
        case = tomllib.loads(path.read_text())
        expected = case["expect"]
        if expected == "tombstone" or expected.get("rejection", {}).get("reason") in WITHOUT_INSTANCE:
            continue
        value, is_enveloped = instance(case)
        errors = [error.message for error in (enveloped if is_enveloped else plain).iter_errors(value)]
        is_event = "rejection" not in expected
        judged[is_event] += 1
        if (not errors) == is_event:
            continue
        if path.stem in BEYOND:
            beyond.add(path.stem)
        else:
            faults.append(f"{path}: the decoder {'takes' if is_event else 'refuses'} it, the schema does not: {errors}")
    faults += [f"BEYOND names {name}, of which the schema says what the decoder says" for name in BEYOND - beyond]
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{judged[True]} events and {judged[False]} that are none, {len(beyond)} of these beyond a schema")
    return 1 if faults or min(judged.values()) < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
