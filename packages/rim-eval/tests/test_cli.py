"""The command as a user meets it: exit code, stdout, stderr and files."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import rim_eval.cli as cli


@pytest.fixture
def run(monkeypatch, capfd):
    """Runs the command in this process; returns (exit code, stdout, stderr)."""

    def run_command(*arguments):
        monkeypatch.setattr(sys, "argv", ["rim-eval", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capfd.readouterr()
        return ended.value.code or 0, out, err

    return run_command


def test_tables_on_stdout_and_the_signature(run, folders):
    code, out, err = run("score", *folders)
    assert code == 0 and err == ""
    assert "SAD (/1000)" in out and "another thing of the image" in out
    assert out.rstrip().splitlines()[-1].startswith("rim-eval 1.0|sad/1000|whole|")


def test_json_is_one_document_of_the_promised_form(run, folders):
    code, out, _ = run("score", *folders, "--json")
    document = json.loads(out)
    assert code == 0 and document["n"] == 4
    assert list(document["overall"]) == ["SAD", "MSE", "MAD", "SAD(E)", "MSE(E)", "MAD(E)", "GRAD", "CONN"]
    assert set(document["items"][0]) >= {
        "id",
        "image_id",
        "SAD",
        "MSE",
        "MAD",
        "GRAD",
        "CONN",
        "sad_int",
        "sse_int",
        "conn_int",
    }
    for item in document["items"]:
        assert item["SAD"] == item["sad_int"] / 255_000
    assert document["targets"]["classes"]["wrong"]["n"] == 1
    assert document["groups"]["size"]["medium (10-30%)"]["n"] == 4


def test_all_outputs_at_once(run, folders, tmp_path):
    files = [tmp_path / f"run.{suffix}" for suffix in ("csv", "md", "tex", "html")]
    options = zip(("--csv", "--markdown", "--latex", "--html"), files, strict=True)
    code, _, _ = run("score", *folders, *(part for pair in options for part in pair))
    assert code == 0
    csv, markdown, latex, html = (path.read_text() for path in files)
    assert csv.splitlines()[0].startswith("id,entity_id,image_id,SAD,") and len(csv.splitlines()) == 5
    assert "| SAD (/1000) |" in markdown and "rim-eval 1.0" in markdown
    assert r"\begin{tabular}" in latex and r"\toprule" in latex
    assert html.startswith("<!doctype html>") and html.count("<article") == 4
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".tmp"] == []


@pytest.mark.parametrize(
    ("condition", "code"), [("SAD>0", 1), ("sad(e)<=0", 0), ("accuracy<0.6", 1), ("CONN>=1e9", 0)]
)
def test_thresholds(run, folders, condition, code):
    got, _, err = run("score", *folders, "--fail-if", condition)
    assert got == code
    assert ("failed:" in err) == (code == 1)


@pytest.mark.parametrize("condition", ["SAD", "SAD=3", "IOU>3", "SAD>much", "SAD>nan", ">3"])
def test_thresholds_that_make_no_sense(run, folders, condition):
    code, _, err = run("score", *folders, "--fail-if", condition)
    assert code == 2 and "--fail-if" in err


def test_a_threshold_on_what_was_not_computed(run, folders):
    code, _, err = run("score", *folders, "--metrics", "SAD", "--fail-if", "CONN>1")
    assert code == 2 and "no CONN" in err


def corrupt(predictions: Path, truths: Path) -> None:
    (predictions / "rim_test_0000000a_0.png").write_bytes(b"\x89PNG\r\n\x1a\nrubbish")


def colour(predictions: Path, truths: Path) -> None:
    cv2.imwrite(
        str(predictions / "rim_test_0000000a_0.png"), np.random.default_rng(0).integers(0, 255, (40, 60, 3))
    )


def other_size(predictions: Path, truths: Path) -> None:
    cv2.imwrite(str(predictions / "rim_test_0000000a_0.png"), np.zeros((41, 60), np.uint8))


def missing(predictions: Path, truths: Path) -> None:
    (predictions / "rim_test_0000000a_0.png").unlink()


def odd_name(predictions: Path, truths: Path) -> None:
    (predictions / "rim_test_0000000a_0.png").rename(predictions / "rim_test_0000000a_0 (1).png")


def corrupt_truth(predictions: Path, truths: Path) -> None:
    data = (truths / "rim_test_0000000a_0.png").read_bytes()
    (truths / "rim_test_0000000a_0.png").write_bytes(data[: len(data) // 2])


@pytest.mark.parametrize("accident", [corrupt, colour, other_size, missing, odd_name, corrupt_truth])
def test_accidents_end_with_3_and_the_name_and_no_files(run, folders, tmp_path, accident):
    accident(*folders)
    code, out, err = run("score", *folders, "--html", tmp_path / "r.html", "--csv", tmp_path / "r.csv", "--json")
    assert code == 3 and out == ""
    assert "rim_test_0000000a_0" in err and "Traceback" not in err
    assert not (tmp_path / "r.html").exists() and not (tmp_path / "r.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["score"], 2),
        (["score", "nowhere", "nowhere"], 3),
        (["score", "--region", "middle"], 2),
        (["score", "--compat", "x"], 2),
        (["score", "--workers", "two"], 2),
        (["judge"], 2),
        (["compare", "a.json", "b.json"], 3),
        (["table", "nothing.json"], 3),
        (["table", "--paper", "x"], 2),
        (["table", "--paper", "none"], 2),
        (["check", "nowhere", "nowhere"], 3),
        ([], 2),
    ],
)
def test_mistakes(run, folders, arguments, code):
    if arguments[:1] == ["score"] and arguments[1:2] and arguments[1].startswith("--"):
        arguments = ["score", *folders, *arguments[1:]]
    got, _, err = run(*arguments)
    assert got == code and "Traceback" not in err


def test_outputs_are_checked_before_the_work(run, folders, tmp_path):
    assert run("score", *folders, "--csv", tmp_path / "no" / "r.csv")[0] == 2
    assert run("score", *folders, "--csv", tmp_path)[0] == 2
    code, _, err = run("score", *folders, "--csv", tmp_path / "r", "--html", tmp_path / "r")
    assert code == 2 and "one file" in err


def test_check_lists_everything_at_once(run, folders):
    predictions, truths = folders
    truth = cv2.imread(str(truths / "rim_test_0000000a_0.png"), cv2.IMREAD_UNCHANGED)
    cv2.imwrite(str(predictions / "rim_test_0000000a_0.png"), 255 - truth)
    cv2.imwrite(str(predictions / "rim_test_0000000a_1.png"), truth // 255)
    (predictions / "rim_test_0000000b_0.png").write_bytes(b"")
    (predictions / "rim_test_0000000b_1.png").rename(predictions / "b1.png")
    code, out, _ = run("check", *folders, "--json")
    found = {
        (problem["severity"], problem["name"], problem["what"].split(":")[0])
        for problem in json.loads(out)["problems"]
    }
    assert code == 3 and json.loads(out)["ok"] is False
    assert ("warning", "rim_test_0000000a_0.png", "inverted") in found
    assert ("error", "b1.png", "belongs to no ground truth") in found
    assert ("error", "rim_test_0000000b_1.png", "is missing") in found
    assert ("error", "rim_test_0000000b_0.png", "is empty.") in found
    assert any(name == "rim_test_0000000a_1.png" and "0/1" in what for _, name, what in found)
    assert run("check", *folders)[0] == 3


def test_check_is_content_with_good_folders(run, folders):
    code, _, err = run("check", folders[1], folders[1])
    assert code == 0 and "ok: all 4" in err


def test_compare_and_table(run, folders, tmp_path):
    for name, predictions in (("a", folders[0]), ("b", folders[1])):
        _, out, _ = run("score", predictions, folders[1], "--json")
        (tmp_path / f"{name}.json").write_text(out)
    code, out, _ = run("compare", tmp_path / "a.json", tmp_path / "b.json", "--json", "--resamples", "200")
    document = json.loads(out)
    assert code == 0 and document["differences"]["SAD"]["b"] == 0.0 and document["differences"]["SAD"]["wins"] == 3
    assert document["moves"] == {"empty -> right": 1, "wrong -> right": 1}
    assert "wrong -> right" in run("compare", tmp_path / "a.json", tmp_path / "b.json")[1]
    code, out, err = run(
        "table", f"mine={tmp_path / 'a.json'}", "--paper", "keyword", "--markdown", tmp_path / "t.md"
    )
    assert code == 0 and "mine" in out and "0.0027 (?)" in out and "misprint" not in err
    assert "0.0047 would fit" in err and "CLIPMat ViT-L/14" in (tmp_path / "t.md").read_text()


def test_version_and_help_in_a_fresh_process():
    command = [sys.executable, "-c", "from rim_eval.cli import main; main()"]
    version = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert version.stdout == "rim-eval 0.1.0\n"
    helped = subprocess.run([*command, "score", "--help"], capture_output=True, text=True, check=True).stdout
    assert "--fail-if" in helped and "Exit codes" in helped


def test_a_bug_is_said_to_be_one(run, folders, monkeypatch):
    import rim_eval.scorer

    def broken(*_, **__):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(rim_eval.scorer, "score", broken)
    code, _, err = run("score", *folders)
    assert code == 70 and "ZeroDivisionError: oh" in err and "Traceback" not in err


def test_interrupted(run, folders, monkeypatch):
    import rim_eval.scorer

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(rim_eval.scorer, "score", interrupted)
    assert run("score", *folders)[0] == 130


def test_debug_shows_the_traceback(folders, monkeypatch):
    from rim_eval.errors import GroundTruthError

    monkeypatch.setattr(sys, "argv", ["rim-eval", "--debug", "score", str(folders[0]), "nowhere"])
    with pytest.raises(GroundTruthError):
        cli.main()


def test_random_command_lines_never_end_in_a_traceback(run, folders, tmp_path, monkeypatch):
    """Paths, options and values in every mixture: an answer, or a message and an exit code of the table."""
    from random import Random

    monkeypatch.chdir(tmp_path)  # a value may become the name of an output
    (tmp_path / "empty").mkdir()
    (tmp_path / "run.json").write_text("{}")
    random = Random(0)
    paths = [*folders, tmp_path / "empty", tmp_path / "run.json", tmp_path / "nowhere", ""]
    values = [*map(str, paths), "auto", "keyword", "rim", "unknown", "gfm", "SAD>1"]
    values += ["(.*)_", "(", "-1", "1e9", "nan", "zero", "\x00"]
    options = "--layout --split --setting --protocol --index --labels --image-id --photos --group-by --missing"
    options += " --metrics --region --trimaps --trimap-radius --compat --conn --grad --resize --fail-if --csv"
    options += " --html --manifest --paper --seed --nope"
    seen = set()
    for _ in range(150):
        arguments = [random.choice(["score", "score", "check", "compare", "table"])]
        arguments += folders if random.random() < 0.5 else random.choices(paths, k=random.randrange(4))
        for option in random.sample(options.split(), random.randrange(4)):
            arguments += [option, random.choice(values)]
        code, _, err = run(*arguments)
        seen.add(code)
        assert code in (0, 1, 2, 3, 6) and "Traceback" not in err, (arguments, err)
    assert {0, 2, 3} <= seen
