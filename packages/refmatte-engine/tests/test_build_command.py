"""``refmatte build`` as a user meets it: exit code, text, files."""

import json
import shutil
import signal
import time

import pyarrow.parquet as pq
import pytest
from command import DRAWN, refmatte, start_refmatte, tree_hash

from refmatte_engine.sources.drawn import write_cutouts


def test_it_leaves_what_the_readme_says(built):
    for name in (
        "MANIFEST.json", "README.md", "DATASHEET.md", "ATTRIBUTION.md", "plan.json", "plan.parquet",
        "entities.parquet", "backgrounds.parquet", "quarantine.parquet", "report/index.html",
    ):  # fmt: skip
        assert (built / name).is_file(), name
    images = pq.read_table(next((built / "train").glob("images-*.parquet"))).to_pylist()
    mattes = pq.read_table(next((built / "train").glob("mattes-*.parquet"))).to_pylist()
    expressions = pq.read_table(next((built / "train").glob("expressions-*.parquet"))).to_pylist()
    assert all((built / row["file_name"]).is_file() for row in images + mattes)
    assert len(expressions) == 4 * len(mattes)
    assert all(row["unambiguous"] for row in expressions)
    assert not list(built.rglob(".*")), "no temporary and no lock file is left"


def test_json_is_the_contract(built):
    again = refmatte(*DRAWN, "--images", 12, "--out", built, "--json")
    assert again.code == 0
    document = again.document
    assert set(document) == {"out", "plan_hash", "splits", "rejected", "license"}
    train = document["splits"]["train"]
    assert set(train) == {"images", "mattes", "expressions", "keyword", "relations", "ambiguous"}
    assert train["images"] + document["splits"]["test"]["images"] == 12
    assert sum(train["relations"].values()) == train["images"]
    assert train["ambiguous"] == 0
    assert document["license"] == "CC0-1.0"


def test_a_finished_build_is_left_alone(built):
    before = tree_hash(built)
    again = refmatte(*DRAWN, "--images", 12, "--out", built)
    assert again.code == 0
    assert "finished already" in again.err
    assert tree_hash(built) == before


def test_another_plan_is_refused_by_the_name_of_the_field(built):
    before = tree_hash(built)
    other = refmatte(*DRAWN[:-1], 6, "--images", 12, "--out", built)
    assert other.code == 4
    assert "seed" in other.err
    assert tree_hash(built) == before


def test_sources_that_changed_since_are_not_passed_over(tmp_path):
    cutouts = tmp_path / "cutouts"
    write_cutouts(cutouts, 3, categories=["mug"])

    def ingest():
        return refmatte(
            "ingest", "--sources", f"folder:{cutouts}", "--backgrounds", "drawn:2", "--workers", 1,
            "--out", tmp_path / "out",
        )  # fmt: skip

    assert ingest().code == 0 and ingest().code == 0
    table, picture = cutouts / "labels.csv", next(cutouts.rglob("*.png"))
    before = table.read_text()
    for change, back in (
        (lambda: table.write_text(before.replace("mug", "cup")), lambda: table.write_text(before)),
        (lambda: shutil.copyfile(picture, cutouts / "another.png"), lambda: (cutouts / "another.png").unlink()),
    ):
        change()
        done = ingest()
        assert (done.code, "tables of its sources changed (listing.sources.folder)" in done.err) == (4, True)
        back()
        assert ingest().code == 0


def test_a_folder_of_something_else_is_not_touched(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    done = refmatte(*DRAWN, "--images", 4, "--out", tmp_path)
    assert done.code == 4
    assert "thesis.txt" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_verify_agrees_and_sees_what_was_changed(built, tmp_path):
    import shutil

    assert refmatte("verify", built).code == 0
    copy = tmp_path / "copy"
    shutil.copytree(built, copy)
    matte, other, *_ = sorted((copy / "train" / "mattes").glob("*.png"))
    matte.write_bytes(other.read_bytes())
    found = refmatte("verify", copy, "--json")
    assert found.code == 3
    assert found.document["ok"] is False
    assert any(matte.name in json.dumps(violation) for violation in found.document["violations"])


def test_bytes_do_not_depend_on_workers_or_the_hash_seed(tmp_path):
    hashes = []
    for workers, hash_seed in ((1, "0"), (2, "random")):
        out = tmp_path / f"{workers}" / "data"
        run = start_refmatte(
            *DRAWN, "--images", 50, "--workers", workers, "--out", out, "--cache", tmp_path / f"cache{workers}",
            PYTHONHASHSEED=hash_seed,
        )  # fmt: skip
        _, err = run.communicate()
        assert run.returncode == 0, err
        hashes.append(tree_hash(out))
    assert hashes[0] == hashes[1]


def test_another_seed_gives_another_dataset(built, tmp_path):
    done = refmatte(*DRAWN[:-1], 6, "--images", 12, "--workers", 1, "--out", tmp_path / "data")
    assert done.code == 0
    assert tree_hash(tmp_path / "data") != tree_hash(built)


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM])
def test_an_interrupted_build_goes_on_to_the_same_bytes(tmp_path, blow):
    arguments = (*DRAWN, "--images", 48, "--workers", 1, "--cache", tmp_path / "cache")
    run = start_refmatte(*arguments, "--out", tmp_path / "hit")
    deadline = time.monotonic() + 60
    while not list((tmp_path / "hit").glob("_commit/*.json")) and time.monotonic() < deadline:
        time.sleep(0.01)
    run.send_signal(blow)
    _, err = run.communicate()
    assert run.returncode == (75 if blow == signal.SIGTERM else -9), err
    assert not (tmp_path / "hit" / "MANIFEST.json").exists()

    again = refmatte(*arguments, "--out", tmp_path / "hit")
    assert again.code == 0, again.err
    assert "continuing" in again.err
    whole = refmatte(*arguments, "--out", tmp_path / "whole")
    assert whole.code == 0
    assert tree_hash(tmp_path / "hit") == tree_hash(tmp_path / "whole")


def test_a_full_disk_is_exit_6_and_what_is_finished_stays(tmp_path):
    """RLIMIT_FSIZE stands for the disk: writes beyond it fail."""
    import resource
    import subprocess
    import sys

    arguments = (*DRAWN, "--images", 8, "--workers", 1, "--out", tmp_path / "data")
    done = subprocess.run(
        [sys.executable, "-m", "refmatte_engine", *map(str, arguments)],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000)),
    )
    assert done.returncode == 6, done.stderr
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "data").rglob("*.tmp"))
    again = refmatte(*arguments)
    assert again.code == 0


def test_a_second_process_on_the_folder_is_refused(tmp_path):
    import filelock

    (tmp_path / "data").mkdir()
    with filelock.FileLock(tmp_path / "data" / ".refmatte.lock"):
        done = refmatte(*DRAWN, "--images", 4, "--out", tmp_path / "data")
    assert done.code == 4
    assert "another process" in done.err


def test_a_missing_dataset_says_what_to_get_and_where(tmp_path):
    done = refmatte("build", "--sources", "am2k,p3m10k", "--sources-root", tmp_path, "--out", tmp_path / "data")
    assert done.code == 3
    for part in ("am2k", "p3m10k", "bg20k", "expected tree", "download page", "agreement"):
        assert part in done.err
    assert not (tmp_path / "data").exists()


def test_missing_backgrounds_are_named_too(tmp_path):
    arguments = ("--sources", "drawn:10", "--backgrounds", "bg20k", "--sources-root", tmp_path)
    done = refmatte("build", *arguments, "--out", tmp_path / "data")
    assert done.code == 3
    assert "BG-20k" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--set", "layout.atempts=3"), 2, "layout.attempts"),
        (("--set", "layout.attempts=many"), 2, "layout.attempts"),
        (("--preset", "nosuch"), 2, "nosuch"),
        (("--sources", "am3k"), 2, "am2k"),
        (("--sources", "drawn:none"), 2, "drawn"),
        (("--images", "0"), 2, "images"),
        (("--corrections", "nosuch.csv"), 3, "nosuch.csv"),
        (("--sources", "drawn:1"), 3, "entities"),
    ],
)
def test_a_mistake_gets_one_clear_message(tmp_path, arguments, code, words):
    done = refmatte(*DRAWN, "--out", tmp_path / "data", *arguments)
    assert done.code == code, done.err
    assert words in done.err


def test_errors_are_json_too_where_json_was_asked_for(tmp_path):
    done = refmatte("build", "--sources", "drawn:1", "--out", tmp_path / "data", "--json")
    assert done.code == 3
    assert done.document["error"]["exit_code"] == 3


def test_a_dry_run_writes_nothing(tmp_path):
    done = refmatte(*DRAWN, "--images", 6, "--out", tmp_path / "data", "--dry-run", "--json")
    assert done.code == 0
    assert done.document["splits"]["train"]["images"] + done.document["splits"]["test"]["images"] == 6
    assert not (tmp_path / "data").exists()


def test_stages_one_by_one_give_the_same_as_build(built, tmp_path):
    out = tmp_path / "data"
    for stage in ("ingest", "label", "plan", "compose"):
        done = refmatte(stage, *DRAWN[1:], "--images", 12, "--workers", 1, "--out", out)
        assert done.code == 0, done.err
    assert tree_hash(out) == tree_hash(built)


def test_plan_without_out_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = refmatte("plan", *DRAWN[1:], "--images", 6, "--json")
    assert done.code == 0
    assert done.document["splits"]["train"]["ambiguous"] == 0
    assert not list(tmp_path.iterdir())
