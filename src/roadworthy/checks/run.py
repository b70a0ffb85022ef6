"""Running checks over a subject: every check answers, if only by why it could not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from roadworthy.checks.check import Check, Subject
from roadworthy.records.evidence import Curve, Evidence, Unmeasured
from roadworthy.records.slices import ALL


def run(
    checks: Iterable[Check], subject: Subject
) -> tuple[tuple[Evidence, ...], tuple[Curve, ...]]:
    """Measure the subject with each check in order; tells progress before each.

    A check that fails is never a hole in the evidence: each of its measures is unmeasured, for
    everybody, with the error as the reason, and what it had measured until then is dropped.

    A check of binary systems may also be put to the parts of a system that answers several
    questions; of a part, only the curves about everybody are kept.
    """
    evidence: list[Evidence] = []
    curves: list[Curve] = []
    for check in checks:
        subject.progress(check.spec.title)
        for item in _measure(check, subject):
            if isinstance(item, Curve):
                curves.append(item)
            else:
                evidence.append(item)
    return tuple(evidence), tuple(curves)


def _ask(check: Check, subject: Subject) -> Iterator[Evidence | Curve]:
    if subject.roles.task in check.spec.tasks:
        yield from check.measure(subject)
    for part in subject.parts if check.spec.each_part else ():
        for item in check.measure(part.subject):
            if isinstance(item, Evidence) or not item.slice.terms:
                yield replace(item, slice=item.slice.about(part.question))


def _measure(check: Check, subject: Subject) -> list[Evidence | Curve]:
    spec = check.spec
    try:
        return list(_ask(check, subject))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever went wrong is the reason, and is recorded
        text = " ".join(str(error).split()) or "no message"
        reason = f"the check {spec.slug} failed: {type(error).__name__}: {text}"
        return [
            subject.evidence(measure, ALL, Unmeasured(reason=reason)) for measure in spec.measures
        ]
