"""Cards of weights, finding them, and the remembered hash."""

import hashlib
import os

import pytest
from command import refmatte
from model_cards import write_card

from refmatte_engine.errors import BadInputError, UsageError
from refmatte_engine.pipeline.request import BuildRequest
from refmatte_engine.pipeline.worksite import Worksite
from refmatte_engine.progress import Silent
from refmatte_engine.runner import StopFlag
from refmatte_engine.sources.card import license_level
from refmatte_engine.weights import find_weights, hashed
from refmatte_engine.weights.card import built_in_names, model_card
from refmatte_engine.weights.folder import models_folder
from refmatte_engine.weights.listing import State, check_models, list_models

DATA = b"weights" * 1000


@pytest.mark.parametrize("name", built_in_names())
def test_a_card_says_what_a_user_needs(name, tmp_path):
    card = model_card(name, tmp_path)
    assert card.name == name
    license_level(card.license)  # raises for an unknown one
    assert card.license_note.endswith((".", ".\n"))
    assert card.origin.startswith("https://")
    assert (card.url is None) == (card.expected is None)
    if card.sha256_prefix:
        assert card.sha256_prefix in card.file
    if card.url is None:
        assert card.notes  # how to get it all the same


def test_the_cards_cover_what_the_labellers_use():
    assert built_in_names() == (
        "age-googlenet",
        "clip-vit-b-16",
        "clip-vit-b-16-quickgelu",
        "gender-googlenet",
        "maskrcnn-detectron2",
        "maskrcnn-torchvision",
        "yunet",
    )


def test_no_two_cards_share_a_file(tmp_path):
    files = [model_card(name, tmp_path).file for name in built_in_names()]
    assert len(set(files)) == len(files)


def test_missing_weights_say_what_where_from_and_where_to(tmp_path):
    with pytest.raises(BadInputError) as caught:
        find_weights("yunet", tmp_path)
    for part in (
        "yunet",
        "refmatte models fetch yunet",
        "face_detection_yunet_2023mar.onnx",
        "https://github.com/opencv/opencv_zoo",
        str(tmp_path),
        "MIT",
    ):
        assert part in str(caught.value)


def test_weights_without_an_address_are_placed_by_hand(tmp_path):
    with pytest.raises(BadInputError, match=r"placed by hand.*MODEL_ZOO.*\n?.*pickle"):
        find_weights("maskrcnn-detectron2", tmp_path)


def test_a_file_as_published_is_found(tmp_path):
    card = write_card(tmp_path, DATA)
    (tmp_path / "tiny.bin").write_bytes(DATA)
    found = find_weights("tiny", tmp_path)
    assert (found.name, found.path, found.sha256) == ("tiny", tmp_path / "tiny.bin", card["sha256"])


def test_first_digits_are_enough_where_no_more_are_published(tmp_path):
    card = write_card(tmp_path, DATA, prefix=8)
    (tmp_path / "tiny.bin").write_bytes(DATA)
    assert find_weights("tiny", tmp_path).sha256.startswith(card["sha256_prefix"])
    (tmp_path / "tiny.bin").write_bytes(DATA + b"x")
    with pytest.raises(BadInputError, match=f"beginning with {card['sha256_prefix']}"):
        find_weights("tiny", tmp_path)


def test_a_wrong_hash_is_refused_and_names_both(tmp_path):
    card = write_card(tmp_path, DATA)
    (tmp_path / "tiny.bin").write_bytes(b"other")
    with pytest.raises(BadInputError) as caught:
        find_weights("tiny", tmp_path)
    assert card["sha256"] in str(caught.value)
    assert hashlib.sha256(b"other").hexdigest() in str(caught.value)


def test_a_file_is_hashed_once_until_it_changes(tmp_path, monkeypatch):
    write_card(tmp_path, DATA, known=False)
    path = tmp_path / "tiny.bin"
    path.write_bytes(DATA)
    first = find_weights("tiny", tmp_path)
    reads = []
    monkeypatch.setattr(hashed, "sha256_of", lambda path: reads.append(path) or "f" * 64)
    assert find_weights("tiny", tmp_path) == first
    assert not reads
    path.write_bytes(DATA[:-1] + b"x")  # same size
    os.utime(path, ns=(1, 1))
    assert find_weights("tiny", tmp_path).sha256 == "f" * 64


@pytest.mark.parametrize("memory", ["", "[]", "{", '{"size": 7000, "mtime_ns": 1, "sha256": "zz"}'])
def test_a_broken_memory_is_not_believed(tmp_path, memory):
    card = write_card(tmp_path, DATA)
    path = tmp_path / "tiny.bin"
    path.write_bytes(DATA)
    os.utime(path, ns=(1, 1))
    hashed.memory_of(path).write_text(memory)
    assert find_weights("tiny", tmp_path).sha256 == card["sha256"]


@pytest.mark.parametrize("suffix", [".safetensors", ".pth", ".onnx"])
def test_own_weights_under_the_models_name_go_first_and_are_not_compared(tmp_path, suffix):
    write_card(tmp_path, DATA)
    (tmp_path / "tiny.bin").write_bytes(DATA)
    (tmp_path / f"tiny{suffix}").write_bytes(b"mine")
    found = find_weights("tiny", tmp_path)
    assert found.path == tmp_path / f"tiny{suffix}"
    assert found.sha256 == hashlib.sha256(b"mine").hexdigest()
    assert {file.card.name: file.state for file in list_models(tmp_path)}["tiny"] is State.OWN
    (checked,) = check_models(["tiny"], tmp_path)
    assert (checked.state, checked.sha256) == (State.OWN, found.sha256)


def test_a_card_may_name_its_own_file_so(tmp_path):
    write_card(tmp_path, DATA, file="tiny.onnx")
    (tmp_path / "tiny.onnx").write_bytes(b"other")
    with pytest.raises(BadInputError, match="not the published file"):
        find_weights("tiny", tmp_path)


def test_an_unknown_model_is_a_usage_error_with_the_nearest(tmp_path):
    with pytest.raises(UsageError, match="did you mean yunet"):
        model_card("yunett", tmp_path)
    assert refmatte("models", "fetch", "yunett", "--models-dir", tmp_path).code == 2
    assert refmatte("models", "check", "../yunet", "--models-dir", tmp_path).code == 2


def test_own_weights_need_no_card(tmp_path):
    with pytest.raises(BadInputError, match=r"the weights my-clip are missing: put my-clip\.safetensors into"):
        find_weights("my-clip", tmp_path)
    (tmp_path / "my-clip.safetensors").write_bytes(b"mine")
    assert find_weights("my-clip", tmp_path).sha256 == hashlib.sha256(b"mine").hexdigest()
    with pytest.raises(BadInputError):
        find_weights("../" + tmp_path.name + "/my-clip", tmp_path)


def test_the_folder_is_stated_or_from_the_environment_or_in_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("REFMATTE_MODELS", str(tmp_path / "env"))
    assert models_folder(tmp_path) == tmp_path
    assert models_folder() == tmp_path / "env"
    monkeypatch.delenv("REFMATTE_MODELS")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert models_folder() == tmp_path / "cache" / "refmatte" / "models"
    site = Worksite(BuildRequest(), Silent(), StopFlag())
    assert site.cache == tmp_path / "cache" / "refmatte"  # one cache for both


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hash": "12"}, "hash"),
        ({"file": "../evil.pt"}, "file"),
        ({"sha256": "12"}, "sha256"),
        ({"sha256": None, "url": "https://example.org/x"}, "could not be checked"),
        ({"name": "other"}, "other.toml"),
    ],
)
def test_a_wrong_card_of_the_user_says_what_is_wrong(tmp_path, change, message):
    write_card(tmp_path, DATA, **change)
    with pytest.raises(BadInputError, match=message):
        model_card("tiny", tmp_path)


def test_a_card_of_the_user_cannot_replace_one_of_the_project(tmp_path):
    write_card(tmp_path, DATA, name="yunet")
    (tmp_path / "tiny.toml").rename(tmp_path / "yunet.toml")
    with pytest.raises(BadInputError, match="another name"):
        find_weights("yunet", tmp_path)


def test_list_reads_no_file_and_check_hashes_them(tmp_path):
    card = write_card(tmp_path, DATA)
    (tmp_path / "tiny.bin").write_bytes(b"other")
    listed = {file.card.name: file for file in list_models(tmp_path)}
    assert listed["tiny"].state is State.PRESENT
    assert listed["yunet"].state is State.MISSING
    (checked,) = check_models(["tiny"], tmp_path)
    assert checked.state is State.WRONG
    assert card["sha256"] in checked.advice
    (tmp_path / "tiny.bin").write_bytes(DATA)
    assert check_models(["tiny"], tmp_path)[0].state is State.AS_PUBLISHED


def test_the_command_checks_and_refuses(tmp_path):
    card = write_card(tmp_path, DATA)
    assert refmatte("models", "check", "--models-dir", tmp_path).code == 0
    assert refmatte("models", "check", "tiny", "--models-dir", tmp_path).code == 3
    (tmp_path / "tiny.bin").write_bytes(b"other")
    done = refmatte("models", "check", "--models-dir", tmp_path)
    assert done.code == 3
    assert card["sha256"] in done.err
    (tmp_path / "tiny.bin").write_bytes(DATA)
    done = refmatte("models", "check", "tiny", "--models-dir", tmp_path, "--json")
    assert done.code == 0
    assert done.document[0]["found_sha256"] == card["sha256"]


def test_without_a_published_hash_check_prints_the_one_it_finds(tmp_path):
    write_card(tmp_path, DATA, known=False)
    (tmp_path / "tiny.bin").write_bytes(DATA)
    done = refmatte("models", "check", "tiny", "--models-dir", tmp_path)
    assert done.code == 0
    assert "no published hash" in done.out
    assert hashed.sha256_of(tmp_path / "tiny.bin") in done.out


def test_the_command_lists(tmp_path):
    done = refmatte("models", "list", "--models-dir", tmp_path, "--json")
    assert done.code == 0
    assert {each["name"] for each in done.document} == set(built_in_names())
    assert all(each["state"] == "missing" and each["advice"] for each in done.document)
    text = refmatte("models", "list", "--models-dir", tmp_path).out
    for name in built_in_names():
        assert name in text
