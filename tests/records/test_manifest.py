"""Manifests have one digest, and their paths stay inside a folder."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from roadworthy.records.manifest import is_safe_path, manifest_digest
from roadworthy.records.versions import Column, FileEntry

A = FileEntry(path="a.csv", size=1, digest="sha256:aa")
B = FileEntry(path="b.csv", size=1, digest="sha256:bb")


def test_the_digest_covers_files_and_schema() -> None:
    """Content, size, paths among several files, and the schema each change the digest."""
    age = Column(name="age", type="integer")
    other = Column(name="age", type="real")
    digests = [
        manifest_digest([A]),
        manifest_digest([B]),
        manifest_digest([FileEntry(path="a.csv", size=2, digest="sha256:aa")]),
        manifest_digest([A, B]),
        manifest_digest([A, FileEntry(path="c.csv", size=1, digest="sha256:bb")]),
        manifest_digest([A], [age]),
        manifest_digest([A], [other]),
        manifest_digest([]),
    ]
    assert len(set(digests)) == len(digests)


def test_the_digest_is_fixed_for_ever() -> None:
    """Recorded versions rest on this very digest."""
    found = manifest_digest([A, B], [Column(name="age", type="integer")])
    assert found == "sha256:835f09b7f404140ccdb7ed6d7fc84ea0a77a6cda4ff5832116fee77a76127376"


@given(st.text(alphabet="ab./\\:\0 ~", max_size=12))
def test_a_safe_path_stays_inside(path: str) -> None:
    """Whatever is called safe, joined to a folder and tidied, is still below that folder."""
    if is_safe_path(path):
        assert os.path.normpath(os.path.join("/base", path)) == f"/base/{path}"  # noqa: PTH118 - text only
