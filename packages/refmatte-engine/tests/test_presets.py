from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refmatte_engine.config import Preset
from refmatte_engine.errors import ExitCode, UsageError
from refmatte_engine.presets import legal_keys, load_preset


def test_modern_is_the_models_defaults() -> None:
    assert load_preset("modern") == Preset()


def test_paper_names_what_the_paper_says() -> None:
    paper = load_preset("paper")
    assert paper.images == 47_500
    assert round(47_500 * paper.split.test_image_share) == 2_500
    assert paper.words.profile == "paper"
    assert not paper.sampling.unique
    assert paper.relations == Preset().relations


def test_a_file_names_only_what_differs(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('base = "paper"\n[layout]\nattempts = 7\n')
    mine = load_preset(file)
    paper = load_preset("paper")
    assert mine.name == "mine"
    assert mine == paper.model_copy(
        update={"name": "mine", "layout": paper.layout.model_copy(update={"attempts": 7})}
    )


def test_overrides_win_over_the_file_and_a_bare_word_is_a_string(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('name = "hers"\n[sampling]\nthree_share = 0.3\n')
    preset = load_preset(
        str(file),
        [
            "sampling.three_share=0.4",
            "words.profile=paper",
            'sampling.mode = "entities"',
            "split.test_image_share=0",
        ],
    )
    assert preset.name == "hers"
    assert preset.sampling.three_share == 0.4
    assert preset.sampling.mode == "entities"
    assert preset.words.profile == "paper"
    assert preset.split.test_image_share == 0.0


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("sampling.tree_share=0.4", ["'sampling.tree_share'", "sampling.three_share"]),
        ("three_share=0.4", ["'three_share'", "sampling.three_share"]),
        ("layuot.attempts=3", ["'layuot'", "layout"]),
        ("sampling.three_share=2", ["sampling.three_share", "less than or equal to 1"]),
        ("layout.attempts=true", ["layout.attempts", "integer"]),
        ('layout.attempts="7"', ["layout.attempts", "integer"]),
        ("layout=7", ["layout"]),
        ("layout.attempts.more=7", ["layout.attempts"]),
        ("sampling.mode=group", ["sampling.mode", "'groups'"]),
        ("sampling.three_share", ["section.key=value"]),
        ("=3", ["section.key=value"]),
        ("sampling.three_share=[", ["not valid TOML"]),
        ("sampling.three_share=1\nimages = 5", ["section.key=value"]),
    ],
)
def test_a_mistake_is_named_with_its_key(override: str, said: list[str]) -> None:
    with pytest.raises(UsageError) as error:
        load_preset("modern", [override])
    assert error.value.exit_code is ExitCode.USAGE
    for words in said:
        assert words in str(error.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"x = " + b"[" * 5000 + b"]" * 5000, "nested too deeply"),
        (b"#" * 1_000_001, "larger than 1 MB"),
        (b"\xff\xfe", "not UTF-8"),
        (b"images = ", "not valid TOML"),
        (b"images = 1\nimages = 2\n", "not valid TOML"),
        (b"images = " + b"9" * 5000, "not valid TOML"),
        (b'base = "mine"', "base"),
        (b"images = 2020-01-01", "images"),
        (b"[layout]\nmax_height_share = nan", "layout.max_height_share"),
    ],
)
def test_a_bad_file_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=said.replace(".", r"\.")):
        load_preset(file)


def test_an_unknown_name_guesses() -> None:
    with pytest.raises(UsageError, match="did you mean 'modern'"):
        load_preset("modren")


def test_every_legal_key_is_accepted_with_its_own_value() -> None:
    dumped = Preset().model_dump(mode="json")
    for key in legal_keys():
        value = dumped
        for part in key.split("."):
            value = value[part]
        if value is None:
            continue
        text = str(value).lower() if isinstance(value, bool) else repr(value)
        assert load_preset("modern", [f"{key}={text}"]) == Preset(), key


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_override_is_taken_or_refused_by_a_usage_error(key: str, value: str) -> None:
    try:
        preset = load_preset("modern", [f"{key}={value}"])
    except UsageError:
        return
    assert isinstance(preset, Preset)
