"""Both languages of the report: the same keys and slots, no character that cannot be set."""

import re
from collections import Counter
from typing import Any

import pytest
from rich.cells import cell_len

from risk import report
from risk.analysis.stress import load_shocks
from risk.analysis.studies import load_studies
from risk.report.build import build
from risk.report.fonts import missing
from risk.report.reading import Record
from risk.report.words import LANGUAGES, MAY_BREAK, words
from tests.report.documents import document, forced, with_claims
from tests.report.test_office import GIVEN, made, said
from tests.report.test_words import plain, record
from tests.report.whole import whole

OTHERS = [language for language in LANGUAGES if language != "en"]
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
SLOT = re.compile(r"{(\w+)}")
HAN = "[\u4e00-\u9fff]"


@pytest.mark.parametrize("language", OTHERS)
def test_no_key_of_the_catalogue_is_missing_and_none_is_idle(language: str) -> None:
    mine, theirs = set(words("en").catalogue), set(words(language).catalogue)
    absent, idle = sorted(mine - theirs), sorted(theirs - mine)
    assert not absent, f"risk/report/text/{language}.toml lacks {', '.join(absent)}"
    assert not idle, f"risk/report/text/{language}.toml has keys that en.toml lacks: {idle}"


@pytest.mark.parametrize("language", OTHERS)
def test_every_string_has_the_slots_of_the_english_one(language: str) -> None:
    theirs = words(language).catalogue
    differing = {
        key: (text, theirs[key])
        for key, text in words("en").catalogue.items()
        if key in theirs and Counter(SLOT.findall(text)) != Counter(SLOT.findall(theirs[key]))
    }
    assert differing == {}


@pytest.mark.parametrize("language", OTHERS)
def test_every_shipped_shock_and_study_has_its_name_and_no_name_is_idle(language: str) -> None:
    shocks = load_shocks()
    named = {*(shock.name for shock in shocks), *(study.name for study in load_studies())}
    assert set(words(language).names) == named | {one.date for one in shocks if " " in one.date}


def test_a_shock_or_study_of_ones_own_keeps_its_own_name() -> None:
    chinese, english = words("zh-TW"), words("en")
    assert chinese.named("Licence refused") == "執照遭拒"
    assert english.named("Licence refused") == "Licence refused"
    assert chinese.named("Our own fear") == "Our own fear"


def test_a_chinese_report_names_its_shocks_and_studies_in_chinese() -> None:
    given = whole()
    given["stress"]["left_out"] = given["stress"]["rows"][3:4]
    shown = set(said(made(given, "zh-TW").report))
    for own, name in words("zh-TW").names.items():
        assert any(name in text for text in shown), name
        assert own not in shown


@pytest.mark.parametrize("language", OTHERS)
def test_the_shipped_font_sets_every_character_of_the_catalogue(language: str) -> None:
    say = words(language)
    assert missing("".join([*say.catalogue.values(), *say.names.values()])) == []


def test_a_character_that_the_font_lacks_is_named() -> None:
    assert missing("平價線 R\u00b2 \U0001f680") == ["\U0001f680"]


def test_numbers_in_chinese_have_full_width_brackets_and_no_space_before_percent() -> None:
    say = words("zh-TW")
    assert plain(say.chance(record(180, 10_000)).sentence) == "P = 1.8%（1.6 至 2.1）"
    assert plain(say.chance(record(0, 100_000)).sentence) == "P < 0.004%（100,000 中無一）"
    assert say.terms(Record(0.331, 0.002, 0.327, 0.335, 50_000, "1")) == "不太可能至可能與否各半"
    assert say.join(["甲", "乙", "BCG 2.8"]) == "甲、乙和 BCG 2.8"


def numbers(text: str) -> Counter[str]:
    """The numbers of a text, less those that belong to a term's range or a unit's name."""
    return Counter(NUMBER.findall(text.replace("\u00a0", " ")))


@pytest.mark.parametrize("given", [with_claims(), forced(0.0, 0.0), forced(0.33, 0.41)])
def test_every_table_and_the_box_print_the_same_numbers_in_both_languages(given: Any) -> None:
    english, chinese = (build(given, language) for language in LANGUAGES)
    for one, other in zip(english.sections, chinese.sections, strict=True):
        for block, same in zip(one.blocks, other.blocks, strict=True):
            for part, twin in zip(block.parts, same.parts, strict=True):
                tables = [getattr(p, "data", p) for p in (part, twin)]
                if tables[0].kind != "table" or one.id == "glossary":
                    continue
                for row, again in zip(tables[0].rows, tables[1].rows, strict=True):
                    for cell, copy in zip(row, again, strict=True):
                        assert numbers(cell.text) == numbers(copy.text)
                        assert list(map(numbers, cell.under)) == list(map(numbers, copy.under))
    assert numbers(english.box.answer) == numbers(chinese.box.answer)
    assert numbers(english.box.second) == numbers(chinese.box.second)
    assert numbers(english.box.sure) == numbers(chinese.box.sure)


@pytest.mark.parametrize("name", GIVEN)
def test_between_chinese_and_latin_there_is_a_space(name: str) -> None:
    touching = re.compile(rf"{HAN}[A-Za-z0-9]|[A-Za-z0-9%]{HAN}")
    wrong = {text for text in said(made(GIVEN[name], "zh-TW").report) if touching.search(text)}
    assert wrong == set()


@pytest.mark.parametrize("width", [64, 80, 120])
def test_the_chinese_terminal_keeps_to_its_width_in_cells(width: int) -> None:
    for given in (document(), forced(0.0, 0.0), forced(0.33, 0.41), GIVEN["systems"]):
        text = report.terminal(given, width, language="zh-TW").plain
        assert max(map(cell_len, text.splitlines())) <= width
        assert MAY_BREAK not in text
        assert not re.search(r"^[，。；：、）%]", text, re.MULTILINE)
    assert report.terminal(document(), 80, False, "zh-TW").plain.isascii()


@pytest.mark.parametrize("given", [document(), forced(0.33, 0.41)])
def test_the_terminal_prints_the_same_numbers_in_both_languages(given: Any) -> None:
    english, chinese = (report.terminal(given, language=language).plain for language in LANGUAGES)
    assert set(numbers(english)) - {"1"} == set(numbers(chinese)) - {"1"}


def test_a_long_chinese_heading_may_break_at_its_phrases() -> None:
    titles = [section.title for section in build(document(), "zh-TW").sections]
    for title in titles:
        longest = max(map(len, re.split(rf"[{MAY_BREAK} ，：；、（）]", title)))
        assert longest <= 14, title


def test_the_chinese_page_names_its_language_and_embeds_its_font() -> None:
    page = report.html(with_claims(), "zh-TW")
    assert '<html lang="zh-Hant-TW">' in page
    assert "data:font/woff2;base64," in page
    assert len(page.encode()) < 1_000_000
    assert "woff2" not in report.html(document())


def test_files_of_another_language_stand_beside_the_english_ones(tmp_path: Any) -> None:
    for language in LANGUAGES:
        report.write(document(), tmp_path, ("md", "json"), language)
    found = {path.name for path in tmp_path.iterdir()}
    assert found == {
        "spacex_xai.md", "spacex_xai-figures", "spacex_xai.json",
        "spacex_xai.zh-TW.md", "spacex_xai.zh-TW-figures",
    }  # fmt: skip
