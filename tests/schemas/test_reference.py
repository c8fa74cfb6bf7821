"""The reference page is what its definitions say, and the documents hold no key that it does not explain."""

from pathlib import Path

from schemas.config import CorpusConfig
from schemas.documents import paths_of
from schemas.reference import reference
from schemas.rules import RULES
from schemas.tables import TABLES

PAGE = Path(__file__).parents[2] / "docs" / "reference.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run 'make reference'"


def test_every_definition_stands_on_the_page() -> None:
    page = reference()
    names = [column.name for table in TABLES for column in table.columns] + list(RULES) + list(CorpusConfig.model_fields)
    assert [name for name in names if f"`{name}`" not in page] == []


def test_paths_name_every_key() -> None:
    document = {"a": {"b": 1}, "c": [{"d": 2}, {"e": 3}]}
    assert set(paths_of(document)) == {"a", "a.b", "c", "c[]", "c[].d", "c[].e"}
