"""Licences are known by any spelling, and what does not go together is told."""

from __future__ import annotations

import pytest

from schemas.licences import as_pattern, conflicts, fits, is_denied, spdx


@pytest.mark.parametrize(
    ("spellings", "known"),
    [
        (("CC BY 4.0", "cc-by-4.0", "CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"), "CC-BY-4.0"),
        (("Creative Commons Attribution 4.0 International License", "Attribution 4.0", "cc_by_4.0"), "CC-BY-4.0"),
        (("CC BY-NC-SA 4.0", "Attribution-NonCommercial-ShareAlike 4.0"), "CC-BY-NC-SA-4.0"),
        (("CC0", "CC0 1.0 Universal", "http://creativecommons.org/publicdomain/zero/1.0/"), "CC0-1.0"),
        (("GPLv3", "gpl-3.0", "GPL-3.0-only"), "GPL-3.0-only"),
        (("GPL-3.0+", "gpl-3.0-or-later"), "GPL-3.0-or-later"),
        (("Apache 2.0", "Apache License, Version 2.0"), "Apache-2.0"),
        (("https://creativecommons.org/licenses/by-sa/3.0/us/",), "CC-BY-SA-3.0-US"),
        (
            (
                "https://creativecommons.org/licenses/by/4.0/legalcode",
                "http://creativecommons.org/licenses/by/4.0/deed.en",
                "creativecommons.org/licenses/by/4.0",
                "Attribution 4.0 International (CC BY 4.0)",
                "Creative Commons Attribution 4.0 International Public License",
                "CC-BY4.0",
                "CC BY 4.0 Deed",
            ),
            "CC-BY-4.0",
        ),
        (("CCBYNC4.0", "ccby-nc 4.0"), "CC-BY-NC-4.0"),
        (("CC BY\u2011NC\u20114.0", "Creative Commons Attribution-NonCommercial 4.0 (CC BY-NC 4.0)"), "CC-BY-NC-4.0"),
        (("https://creativecommons.org/licenses/by-nc-sa/3.0/igo/",), "CC-BY-NC-SA-3.0-IGO"),
        (
            (
                *("Creative Commons Zero v1.0 Universal", "CC0 1.0 Public Domain Dedication", "cc-zero"),
                "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication",
            ),
            "CC0-1.0",
        ),
        (("Public Domain Mark 1.0", "https://creativecommons.org/publicdomain/mark/1.0/", "PDM"), "CC-PDM-1.0"),
        (("public domain", "Public-Domain"), "Public-Domain"),
        (("ODC-BY", "Open Data Commons Attribution License v1.0", "https://opendatacommons.org/licenses/by/1-0/"), "ODC-By-1.0"),
        (("ODbL", "Open Database License"), "ODbL-1.0"),
        (("GPL-2.0", "GNU General Public License v2.0", "GNU GPL v2"), "GPL-2.0-only"),
        (("https://www.apache.org/licenses/LICENSE-2.0", "apache-2.0"), "Apache-2.0"),
        (("BSD 3-Clause", "bsd-3-clause"), "BSD-3-Clause"),
        (("CC BY 4.0 (pictures: CC BY-NC 4.0)",), "CC BY 4.0 (pictures: CC BY-NC 4.0)"),
        (("CC BY-SA 3.0 and GFDL",), "CC BY-SA 3.0 and GFDL"),
        (("LDC User  Agreement",), "LDC User Agreement"),
        (("by arrangement with the speakers",), "by arrangement with the speakers"),
    ],
)
def test_one_licence_however_written(spellings: tuple[str, ...], known: str) -> None:
    assert {spdx(each) for each in spellings} == {known}
    assert spdx(known) == known


def test_patterns_stand_for_families() -> None:
    assert fits("CC BY-NC-SA 4.0", [as_pattern("CC-BY-NC-*")])
    assert not fits("CC BY-SA 4.0", [as_pattern("CC-BY-NC-*")])
    assert fits("cc by 4.0", [as_pattern("CC BY 4.0")])
    assert fits("CC BY-NC 4.0", [as_pattern("cc by-nc *")])


@pytest.mark.parametrize("name", ["CC BY-NC", "CC BY-NC 4.0", "cc by-nc-sa 4.0", "CC BY NC ND 3.0 (see LICENSE)"])
def test_a_family_that_is_denied_is_denied_however_it_is_written(name: str) -> None:
    assert fits(name, [as_pattern("*-NC-*")])


def test_only_a_star_stands_for_something() -> None:
    assert fits("Corpus licence [2024]", [as_pattern("corpus *[2024]")])
    assert not fits("Corpus licence 2", [as_pattern("corpus *[2024]")])


@pytest.mark.parametrize(
    ("names", "adapted", "told"),
    [
        (["CC-BY-4.0", "CC0-1.0", "MIT"], True, []),
        (["CC-BY-NC-4.0", "CC BY-SA 4.0"], False, [("CC-BY-NC-4.0", "CC-BY-SA-4.0")]),
        (["CC-BY-ND-4.0"], True, [("CC-BY-ND-4.0",)]),
        (["CC-BY-ND-4.0"], False, []),
        (["CC-BY-SA-4.0", "GPL-2.0"], False, [("CC-BY-SA-4.0", "GPL-2.0-only")]),
        (["CC-BY-SA-4.0", "GPL-3.0"], False, []),
        (["CC-BY-SA-3.0", "CC-BY-SA-4.0"], False, []),
        (["CC-BY-NC-SA-4.0"], True, []),
    ],
)
def test_what_does_not_go_together(names: list[str], adapted: bool, told: list[tuple[str, ...]]) -> None:
    assert [conflict.licences for conflict in conflicts(names, is_adapted=adapted)] == told


@pytest.mark.parametrize(
    ("licence", "denied"),
    [
        ("Creative Commons Non-Commercial", True),
        ("Non-commercial research only", True),
        ("for noncommercial use", True),
        ("CC BY 4.0", False),
        ("our own, commercial use included", False),
        ("free for commercial and non-commercial use", False),
    ],
)
def test_what_is_denied_is_known_by_its_words_too(licence: str, denied: bool) -> None:
    assert is_denied(licence, [as_pattern("*-NC-*")]) == denied
    assert not fits(licence, [as_pattern("*-NC-*")])
