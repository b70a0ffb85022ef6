"""Canonical bytes: what is written is read back, and written again as it was.

Golden files are never rewritten: they hold the bytes of records that somebody may have signed. For
a schema that has none yet, `python tests/records/test_canonical.py` writes one.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import types
import typing
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

import roadworthy.records
from roadworthy.errors import TrustError
from roadworthy.records import canonical
from roadworthy.records.datasheet import Datasheet, Entry, Section
from roadworthy.records.decision import Decision, Finding, Verdict
from roadworthy.records.evidence import Evidence, Measured, Point, Unmeasured
from roadworthy.records.policy import Requirement, Tier, Waiver
from roadworthy.records.record import Record
from roadworthy.records.slices import ALL, Slice, Term
from roadworthy.records.system import Split

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
AT = datetime(2026, 1, 31, 9, 30, 0, 250, tzinfo=UTC)


def record_types() -> list[type[Record]]:
    """Every record that is stored by itself, in the order of its schema's name."""
    found = set()
    for module in pkgutil.iter_modules(roadworthy.records.__path__):
        for value in vars(importlib.import_module(f"roadworthy.records.{module.name}")).values():
            if isinstance(value, type) and issubclass(value, Record) and value.schema:
                found.add(value)
    return sorted(found, key=lambda kind: kind.schema)


SCHEMAS = record_types()
IDS = [kind.schema for kind in SCHEMAS]


# --- any record ----------------------------------------------------------------------------------

numbers = st.floats(allow_nan=False, allow_infinity=False)
whole = st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1)
names = st.text(min_size=1, max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | whole | numbers | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=5,
)


def strategy_of(hint: object, depth: int = 0) -> st.SearchStrategy:
    """Values of a field's type."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        most = 2 if depth < 2 else 1
        return st.lists(strategy_of(arguments[0], depth + 1), max_size=most).map(tuple)
    if origin is Mapping:
        return st.dictionaries(names, strategy_of(arguments[1], depth + 1), max_size=2)
    if origin in (typing.Union, types.UnionType):
        if dict[str, typing.Any] in arguments or any(
            typing.get_origin(a) is dict for a in arguments
        ):
            return json_values
        return st.one_of([strategy_of(member, depth) for member in arguments])
    if isinstance(hint, type):
        return _of_class(hint, depth)
    return json_values


def _of_class(hint: type, depth: int) -> st.SearchStrategy:
    if hint in SPECIAL:
        return SPECIAL[hint]()
    if issubclass(hint, Record):
        return record_of(hint, depth + 1)
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    simple = {
        bool: st.booleans(),
        int: whole,
        float: numbers,
        str: st.text(max_size=8),
        datetime: st.datetimes(timezones=st.just(UTC)),
        date: st.dates(),
        type(None): st.none(),
    }
    return simple[hint]


def record_of(kind: type[Record], depth: int = 0) -> st.SearchStrategy:
    """Any record of a type."""
    hints = typing.get_type_hints(kind)
    given_fields = {
        item.name: strategy_of(hints[item.name], depth)
        for item in fields(kind)
        if item.name != "extra"
    }
    return st.builds(kind, **given_fields)


@st.composite
def measured(draw: st.DrawFn) -> Measured:
    """A measurement whose value lies in its interval."""
    low, value, high = sorted(draw(st.tuples(numbers, numbers, numbers)))
    return Measured(
        value=value,
        low=low,
        high=high,
        rows=draw(st.integers(0, 2**40)),
        method=draw(names),
        confidence=draw(st.floats(0.01, 0.99)),
    )


@st.composite
def slices(draw: st.DrawFn) -> Slice:
    """A group, a comparison or everybody."""
    values = draw(st.dictionaries(names, names, max_size=3))
    return Slice.of(values) if draw(st.booleans()) else Slice.across(values)


@st.composite
def splits(draw: st.DrawFn) -> Split:
    """A part of a dataset."""
    low, high = sorted(draw(st.sets(st.floats(0, 1), min_size=2, max_size=2)))
    return Split(of=draw(names), by=draw(names), low=low, high=high, seed=draw(whole))


SPECIAL = {
    Measured: measured,
    Slice: slices,
    Split: splits,
    Unmeasured: lambda: st.builds(
        Unmeasured, reason=names.filter(str.strip), rows=st.integers(0, 2**40)
    ),
}


@pytest.mark.parametrize("kind", SCHEMAS, ids=IDS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_every_record_survives_writing_and_reading(kind, data):
    """A record read from its bytes equals it and has the same bytes."""
    try:
        record = data.draw(strategy_of(kind))
    except ValueError:  # the record's own rules refuse the draw
        return
    written = canonical.to_bytes(record)
    again = canonical.from_bytes(kind, written)
    assert again == record
    assert canonical.to_bytes(again) == written
    assert canonical.digest(again) == canonical.digest_of_bytes(written)


@pytest.mark.parametrize("kind", SCHEMAS, ids=IDS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_fields_of_the_future_are_kept(kind, data):
    """Unknown fields, at the top and inside, are written again as they were read."""
    tree = json.loads((GOLDEN / golden_name(kind)).read_bytes())
    tree["zz_future"] = data.draw(json_values)
    for name, hint in typing.get_type_hints(kind).items():
        members = [hint, *typing.get_args(hint)]
        if name in tree and any(isinstance(m, type) and issubclass(m, Record) for m in members):
            for inner in tree[name] if isinstance(tree[name], list) else [tree[name]]:
                inner["zz_inner"] = data.draw(json_values)
    written = canonical.canonical_json(tree)
    assert canonical.to_bytes(canonical.from_bytes(kind, written)) == written


# --- golden files --------------------------------------------------------------------------------


def golden_name(kind: type[Record]) -> str:
    """`roadworthy/policy/1` is kept in `policy-1.json`."""
    return kind.schema.removeprefix("roadworthy/").replace("/", "-") + ".json"


def full(hint: object, name: str) -> object:
    """A value that is no default, made of the field's own name."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return (full(arguments[0], name),)
    if origin is Mapping:
        return {name: full(arguments[1], name)}
    if origin in (typing.Union, types.UnionType):
        return full(arguments[0], name)
    if hint in FULL:
        return FULL[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)[-1]
    if isinstance(hint, type) and issubclass(hint, Record):
        hints = typing.get_type_hints(hint)
        return hint(
            **{f.name: full(hints[f.name], f.name) for f in fields(hint) if f.name != "extra"}
        )
    simple = {bool: True, int: 7, float: 0.25, str: f"a {name}", datetime: AT, date: AT.date()}
    return simple.get(hint, f"a {name}")


FULL = {
    Measured: Measured(value=0.5, low=0.4, high=0.6, rows=120, method="wilson", confidence=0.9),
    Unmeasured: Unmeasured(reason="no rows", rows=3),
    Slice: Slice(
        terms=(Term(attribute="race", value="Black"), Term(attribute="sex", value="(missing)"))
    ),
    Split: Split(of="adults", by="id", low=0.25, high=0.5, seed=7),
    Term: Term(attribute="sex", value="Female"),
}


@pytest.mark.parametrize("kind", SCHEMAS, ids=IDS)
def test_golden_files_are_read_and_rewritten_byte_for_byte(kind):
    """The bytes of every released schema keep their meaning and their form for ever."""
    written = (GOLDEN / golden_name(kind)).read_bytes()
    assert canonical.to_bytes(canonical.from_bytes(kind, written)) == written


def test_golden_files_belong_to_a_schema():
    """No golden file outlives its schema unnoticed."""
    assert {path.name for path in GOLDEN.glob("*.json")} == {golden_name(k) for k in SCHEMAS}


# --- what is refused -----------------------------------------------------------------------------


def evidence(**changes: object) -> Evidence:
    """A piece of evidence."""
    outcome = Measured(value=0.5, low=0.4, high=0.6, rows=10, method="wilson")
    given_fields = {
        "measure": "accuracy",
        "slice": ALL,
        "outcome": outcome,
        "dataset": "sha256:d",
        "producer": "test",
        "at": AT,
    }
    return Evidence(**{**given_fields, **changes})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_are_not_finite_are_never_written(value):
    """No NaN and no infinity enters stored bytes, wherever it stands."""
    with pytest.raises(ValueError, match=r"nan|inf|NaN|float"):
        canonical.to_bytes(evidence(parameters={"bins": value}))
    with pytest.raises(ValueError, match="record Unmeasured instead"):
        Measured(value=value, low=value, high=value, rows=1, method="exact")


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_not_finite_are_never_read(text):
    """Bytes from elsewhere cannot bring one in either."""
    with pytest.raises(TrustError, match="Point"):
        canonical.from_bytes(Point, f'{{"x":1,"y":{text}}}'.encode())


def test_a_time_without_a_zone_is_refused():
    """A naive time means another moment on another machine."""
    with pytest.raises(ValueError, match="a time needs a time zone"):
        canonical.to_bytes(evidence(at=datetime(2026, 1, 31)))  # noqa: DTZ001 - the point of the test
    tree = canonical.to_json(evidence()) | {"at": "2026-01-31T09:30:00.000000"}
    with pytest.raises(TrustError, match="a time needs a time zone"):
        canonical.from_json(Evidence, tree)


def test_times_are_written_in_utc():
    """The same moment has the same bytes, whatever the zone it was said in."""
    summer = AT.astimezone(timezone(timedelta(hours=2)))
    assert canonical.to_bytes(evidence(at=summer)) == canonical.to_bytes(evidence(at=AT))
    assert b'"at":"2026-01-31T09:30:00.000250Z"' in canonical.to_bytes(evidence(at=AT))


@pytest.mark.parametrize("text", ["2026-01-31T09:30:00Z", "2026-01-31T11:30:00.000000+02:00"])
def test_times_in_another_form_are_refused(text):
    """They would be written in another form, and the digest would change."""
    with pytest.raises(TrustError, match=r"expected a UTC time like 2026-01-31T09:00:00.000000Z"):
        canonical.from_json(Evidence, canonical.to_json(evidence()) | {"at": text})


@pytest.mark.parametrize("text", ["20260131", "2026-W05-6", "soon"])
def test_days_in_another_form_are_refused(text):
    """For the same reason."""
    tree = {"owner": "o", "reason": "r", "requirement": "a", "expires": text}
    with pytest.raises(TrustError, match="not a valid Waiver"):
        canonical.from_json(Waiver, tree)


def test_nothing_is_read_as_nothing():
    """A writer that says null means none."""
    tree = canonical.to_json(evidence()) | {"model": None}
    assert canonical.from_json(Evidence, tree).model is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"low": 0.6}, "outside its own interval"),
        ({"rows": -1}, "rows must be >= 0"),
        ({"confidence": 1}, "0 < confidence < 1"),
    ],
)
def test_a_measurement_contradicts_itself_nowhere(changes, message):
    """A value outside its interval is a mistake of whoever measured."""
    given_fields = {"value": 0.5, "low": 0.4, "high": 0.7, "rows": 1, "method": "wilson"}
    with pytest.raises(ValueError, match=message):
        Measured(**{**given_fields, **changes})


def test_what_could_not_be_measured_owes_a_reason():
    """A blank is none."""
    with pytest.raises(ValueError, match="needs a reason"):
        Unmeasured(reason=" ")


def test_a_question_without_an_answer_is_unanswered():
    """A datasheet lists what nobody has said."""
    said = Entry(key="a", section=Section.USES, question="?", answer="!")
    open_one = Entry(key="b", section=Section.USES, question="?")
    sheet = Datasheet(dataset="d", name="n", title="t", entries=(said, open_one), at=AT)
    assert sheet.unanswered == (open_one,)


def test_a_part_of_a_dataset_is_not_empty():
    """From low to high, within [0, 1]."""
    with pytest.raises(ValueError, match="expected 0 <= low < high <= 1"):
        Split(of="a", by="b", low=0.5, high=0.5)


def test_another_schema_is_refused_by_name():
    """The message says which schema was expected and which was found."""
    tree = canonical.to_json(evidence())
    with pytest.raises(
        TrustError,
        match=r"expected a record of schema 'roadworthy/decision/1', found 'roadworthy/evi",
    ):
        canonical.from_json(Decision, tree)
    del tree["schema"]
    with pytest.raises(TrustError, match="'roadworthy/evidence/1', found 'none'"):
        canonical.from_json(Evidence, tree)


def test_another_kind_is_refused_by_name():
    """A member of a union must say which one it is."""
    tree = canonical.to_json(evidence())
    tree["outcome"] = {"kind": "guessed", "value": 1}
    with pytest.raises(TrustError, match=r"`kind` to be one of \['measured', 'unmeasured'\]"):
        canonical.from_json(Evidence, tree)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"slice": 3}, "expected the object of a Slice, found 3"),
        ({"slice": {"terms": "sex"}}, "expected a list, found 'sex'"),
        ({"version": "1"}, "expected int, found '1'"),
        ({"version": True}, "expected int, found True"),
        ({"measure": None}, "expected str, found None"),
        ({"parameters": []}, r"expected an object, found \[\]"),
    ],
)
def test_a_field_of_another_type_is_refused(change, message):
    """The message says what was expected and what was found."""
    with pytest.raises(TrustError, match=message):
        canonical.from_json(Evidence, canonical.to_json(evidence()) | change)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "expected the JSON of Evidence"),
        (b"\xff", "expected the JSON of Evidence"),
        (b"[1]", "expected the JSON object of a Evidence, found list"),
        (b'{"a":1,"a":2}', "the name 'a' occurs twice"),
        (b"[" * 100_000, "expected the JSON of Evidence"),
        (b'{"schema":"roadworthy/evidence/1"}', "not a valid Evidence"),
    ],
)
def test_bytes_that_are_no_record_are_refused(data, message):
    """Whatever the bytes are, the error is one of trust and says what was expected."""
    with pytest.raises(TrustError, match=message):
        canonical.from_bytes(Evidence, data)


def test_an_integer_beyond_what_json_holds_is_refused():
    """2**53 + 1 would be another number in another reader."""
    with pytest.raises(ValueError, match=r"9007199254740993"):
        canonical.to_bytes(evidence(parameters={"rows": 2**53 + 1}))


def test_an_object_that_no_record_holds_is_refused():
    """A set, say, has no order and so no bytes."""
    with pytest.raises(TypeError, match="a set cannot be written to a record"):
        canonical.to_bytes(evidence(parameters={"groups": {"a"}}))


def test_extra_cannot_shadow_a_known_field():
    """`extra` is for what this version does not know."""
    with pytest.raises(ValueError, match="`extra` holds 'measure', which Evidence knows"):
        canonical.to_bytes(evidence(extra={"measure": "recall"}))


# --- defaults, digests, enums --------------------------------------------------------------------


def test_defaults_are_left_out():
    """A field added later, at its default, changes no older digest."""
    assert canonical.to_json(Requirement(id="a", measure="m", at_most=1)) == {
        "id": "a",
        "measure": "m",
        "at_most": 1,
    }
    assert canonical.to_json(Requirement(id="a", measure="m", minimum_rows=5))["minimum_rows"] == 5


def test_the_tag_of_a_union_wins_over_a_field_of_that_name():
    """What a newer version calls `kind` cannot change which member is read."""
    odd = Unmeasured(reason="none", extra={"kind": "measured"})
    tree = canonical.to_json(evidence(outcome=odd))
    assert tree["outcome"]["kind"] == "unmeasured"


def test_ordered_enums_are_written_as_their_numbers():
    """Tier and verdict are ordered, and keep their order in the bytes."""
    assert [int(tier) for tier in Tier] == [1, 2, 3, 4]
    assert [int(verdict) for verdict in Verdict] == [0, 1, 2]


def test_the_worst_finding_is_the_verdict():
    """A decision reads its verdict off its findings."""
    requirement = Requirement(id="a", measure="m", at_most=1)
    findings = tuple(
        Finding(requirement=requirement, slice=ALL, verdict=verdict, reason="r")
        for verdict in Verdict
    )
    decision = Decision(
        policy="p", policy_name="p", assessment="a", dataset="d", findings=findings, at=AT
    )
    assert decision.verdict is Verdict.FAIL
    assert [verdict.exit_code for verdict in Verdict] == [0, 2, 1]


if __name__ == "__main__":
    for record_type in SCHEMAS:
        path = GOLDEN / golden_name(record_type)
        if not path.exists():
            path.write_bytes(canonical.to_bytes(typing.cast(Record, full(record_type, ""))))


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_canonical_bytes_are_those_of_the_reference_library(value):
    """Whatever the value, the bytes are those that the library for RFC 8785 writes."""
    try:
        expected = rfc8785.dumps(value)
    except (UnicodeEncodeError, rfc8785.CanonicalizationError):
        with pytest.raises(ValueError):
            canonical.canonical_json(value)
    else:
        assert canonical.canonical_json(value) == expected


def test_hostile_bytes_end_in_a_refusal():
    """Neither a number too large nor lists hundreds deep end a check in a traceback."""
    with pytest.raises(TrustError, match="beyond the range of numbers"):
        canonical.from_bytes(Evidence, b'{"version":' + b"9" * 400 + b"}")
    deep = json.loads("[" * 700 + "]" * 700)
    with pytest.raises(ValueError, match="Evidence is nested too deeply to be written"):
        canonical.to_bytes(evidence(extra={"deep": deep}))


@pytest.mark.parametrize("found", [2, "fail", "WAIVED", None])
def test_a_verdict_is_read_by_its_name_alone(found):
    """Numbers would be mistaken for exit codes, where 1 is FAIL and 2 is UNKNOWN."""
    tree = canonical.to_json(
        Finding(
            requirement=Requirement(id="r", measure="m", at_most=1.0),
            slice=ALL,
            verdict=Verdict.FAIL,
            reason="so",
        )
    )
    assert tree["verdict"] == "FAIL"
    with pytest.raises(TrustError, match="expected one of PASS, UNKNOWN, FAIL, found"):
        canonical.from_json(Finding, {**tree, "verdict": found})
