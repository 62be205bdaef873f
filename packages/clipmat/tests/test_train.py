"""Whole runs of the preset tiny: repeatable, resumable, stoppable, honest."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file

from clipmat.config import preset
from clipmat.data.scenes import Source
from clipmat.errors import (
    BadInputError,
    DiskError,
    DivergedError,
    OutOfMemoryError,
    StateConflictError,
    StoppedError,
    UsageError,
    WeightsError,
)
from clipmat.model.clipmat import build_model
from clipmat.model.folder import checkpoints, resolve
from clipmat.training.checkpoint import read_state
from clipmat.training.optim import grouped, parameter_groups, rate_factor
from clipmat.training.run_log import CsvLog
from clipmat.training.stopping import StopRequest
from clipmat.training.train import train


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def config(**changes):
    return preset(
        "tiny", changes={"batch_size": 4, "queries": 2, "log_every": 1, "validation_images": 2, **changes}
    )


def run(drawn, cache, out, settings, **options):
    return train([Source(drawn)], settings, out, cache=cache, device="cpu", quiet=True, **options)


def weights(folder):
    return load_file(folder / "model.safetensors")


def assert_same(one, other):
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_the_paper_has_three_rates_and_no_decay_where_it_hurts():
    settings = preset("modern", changes={"model": config().model.model_dump()})
    groups = parameter_groups(build_model(settings.model), settings)
    assert {(g["name"], g["lr"]) for g in groups} == {("image", 2e-6), ("text", 1e-6), ("rest", 2e-4)}
    assert {g["weight_decay"] for g in groups} == {0.0, 0.02}
    paper = preset("paper")
    assert (paper.lr_image, paper.lr_text, paper.lr_rest, paper.batch_size) == (1e-6, 1e-7, 1e-4, 12)
    model = build_model(settings.model)
    by_parameter = {id(p): g for g in parameter_groups(model, settings) for p in g["params"]}
    assert by_parameter[id(model.post_context.vectors)]["name"] == "rest"
    assert by_parameter[id(model.post_context.vectors)]["weight_decay"] == 0.0
    assert by_parameter[id(model.image_encoder.visual.positional_embedding)]["weight_decay"] == 0.0


def test_positions_of_a_timm_network_do_not_decay():
    net = torch.nn.Module()
    net.pos_embed, net.weight = (torch.nn.Parameter(torch.zeros(1, 4, 8)) for _ in range(2))
    groups = {one["weight_decay"]: one["params"] for one in grouped(net, lambda name: "a", {"a": 1.0}, 0.1)}
    assert groups[0.0][0] is net.pos_embed and groups[0.1][0] is net.weight


def test_a_rate_of_zero_freezes_an_encoder():
    settings = config(lr_text=0.0)
    model = build_model(settings.model)
    assert "text" not in {g["name"] for g in parameter_groups(model, settings)}
    assert not any(p.requires_grad for p in model.text_encoder.parameters())


def test_rates_warm_up_and_fall():
    settings = config(warmup_steps=10, schedule="cosine")
    factors = [rate_factor(settings, step, 100) for step in range(100)]
    assert factors[0] == pytest.approx(0.1) and factors[9] == 1.0
    assert factors == factors[:10] + sorted(factors[10:], reverse=True)
    assert factors[-1] == pytest.approx(0.01, abs=2e-3)


@pytest.mark.parametrize("channels_last", [False, True])
def test_a_resumed_run_is_the_run_that_never_stopped(drawn, cache, tmp_path, channels_last):
    settings = config(
        max_steps=6, checkpoint_every=3, ema_decay=0.9, keep_checkpoints=9, channels_last=channels_last
    )
    whole = run(drawn, cache, tmp_path / "whole", settings)
    # The second run loses everything after step 3.
    run(drawn, cache, tmp_path / "cut", settings)
    shutil.rmtree(tmp_path / "cut" / "model")
    shutil.rmtree(checkpoints(tmp_path / "cut")[-1])
    assert [read_state(path).step for path in checkpoints(tmp_path / "cut")] == [3]
    resumed = run(drawn, cache, tmp_path / "cut", settings, resume=True)
    assert_same(weights(whole.model), weights(resumed.model))
    assert whole.scores == resumed.scores
    first, second = (checkpoints(tmp_path / name)[-1] / "training.safetensors" for name in ("whole", "cut"))
    assert_same(load_file(first), load_file(second))
    logs = [list(csv.DictReader((tmp_path / name / "log.csv").open())) for name in ("whole", "cut")]
    assert [row["step"] for row in logs[1]] == list("123456")
    assert [row["total"] for row in logs[0]] == [row["total"] for row in logs[1]]


def test_what_reads_clips_marks_is_refused_with_other_tokens(drawn, cache, tmp_path):
    other = {"backbone": "ViT-B-16-SigLIP", "mask_padding": True}
    with pytest.raises(UsageError, match=r"mask_padding.*ViT-B-16-SigLIP has others"):
        run(drawn, cache, tmp_path / "run", config(model=other))


def test_steps_that_align_teach_both_encoders_alone_and_resume_exactly(drawn, cache, tmp_path):
    settings = config(
        max_steps=4, align_steps=2, checkpoint_every=1, keep_checkpoints=9, loss={"alignment": 1.0}, ema_decay=0.9
    )
    whole = run(drawn, cache, tmp_path / "whole", settings)
    rows = list(csv.DictReader((tmp_path / "whole" / "log.csv").open()))
    assert [float(row["semantic"]) == 0.0 for row in rows] == [True, True, False, False]
    assert all(float(row["alignment"]) > 0 for row in rows)
    first, second = (weights(path) for path in checkpoints(tmp_path / "whole")[:2])
    moved = {name.partition(".")[0] for name in first if not torch.equal(first[name], second[name])}
    assert moved == {"image_encoder", "text_encoder", "tsp"}
    for step in (1, 2):
        cut = tmp_path / f"cut{step}"
        shutil.copytree(tmp_path / "whole", cut)
        shutil.rmtree(cut / "model")
        for path in checkpoints(cut)[step:]:
            shutil.rmtree(path)
        assert_same(weights(whole.model), weights(run(drawn, cache, cut, settings, resume=True).model))
    with pytest.raises(UsageError, match="align_steps"):
        run(drawn, cache, tmp_path / "unweighted", config(align_steps=2))
    # A short run learns to matte as well.
    run(drawn, cache, tmp_path / "short", settings.model_copy(update={"max_steps": 2}))
    rows = list(csv.DictReader((tmp_path / "short" / "log.csv").open()))
    assert [float(row["semantic"]) == 0.0 for row in rows] == [True, False]


def test_what_a_run_leaves(drawn, cache, tmp_path):
    done = run(drawn, cache, tmp_path / "run", config(max_steps=2, validate_every=1))
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert {
        "config.json",
        "log.csv",
        "validation.csv",
        "tensorboard",
        "validation",
        "checkpoints",
        "model",
    } <= names
    row = next(csv.DictReader((tmp_path / "run" / "log.csv").open()))
    assert {
        "total",
        "semantic",
        "details_alpha",
        "fusion_laplacian",
        "lr_image",
        "lr_text",
        "lr_rest",
        "images_per_s",
        "pairs_per_s",
    } <= row.keys()
    assert len(list(csv.DictReader((tmp_path / "run" / "validation.csv").open()))) == 2
    assert {"SAD", "accuracy"} <= done.scores.keys()
    assert len(list((tmp_path / "run" / "validation" / "step-00000002").iterdir())) == 2
    card = (done.model / "README.md").read_text()
    assert "CC0-1.0" in card and "2 training steps" in card
    assert json.loads((done.model / "config.json").read_text())["model"]["backbone"] == "clipmat-tiny"


def test_datasets_may_call_their_images_the_same(drawn, cache, tmp_path):
    twice = [Source(drawn), Source(drawn, 2.0)]
    done = train(twice, config(max_steps=1), tmp_path / "run", cache=cache, device="cpu", quiet=True)
    assert "SAD" in done.scores
    assert len(list((tmp_path / "run" / "validation" / "step-00000001").iterdir())) == 4


def test_a_validation_that_fails_costs_no_step(drawn, cache, tmp_path, monkeypatch):
    from clipmat.training import train as module

    def failing(*parts):
        raise BadInputError("a picture is damaged")

    monkeypatch.setattr(module, "validate", failing)
    with pytest.raises(BadInputError, match="damaged"):
        run(drawn, cache, tmp_path / "run", config(max_steps=1))
    assert read_state(checkpoints(tmp_path / "run")[-1]).step == 1


def test_a_longer_run_that_was_stopped_is_read_at_its_newest_step(drawn, cache, tmp_path, monkeypatch):
    from clipmat.training import loop

    out, saved, plain = tmp_path / "run", [], loop.save_checkpoint
    finished = run(drawn, cache, out, config(max_steps=1))
    assert resolve(out) == finished.model
    monkeypatch.setattr(loop, "save_checkpoint", lambda *parts: saved.append(plain(*parts)))
    monkeypatch.setattr(loop.StopRequest, "asked", lambda self: True)
    with pytest.raises(StoppedError, match="step-00000002"):
        run(drawn, cache, out, config(max_steps=3, checkpoint_every=1), resume=True)
    assert resolve(out) == checkpoints(out)[-1] == saved[0] and len(saved) == 1


def test_only_a_run_that_was_complete_says_so(drawn, cache, tmp_path, capsys):
    settings = config(max_steps=1, validation_images=0)
    for resume in (False, True):
        train([Source(drawn)], settings, tmp_path / "run", resume=resume, cache=cache, device="cpu")
        assert ("had finished its 1 steps already" in capsys.readouterr().err) == resume


def test_a_run_without_a_checkpoint_has_a_way_out(drawn, cache, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "log.csv").write_text("step\n")
    with pytest.raises(StateConflictError, match="no checkpoint to continue: remove it, or choose another"):
        run(drawn, cache, tmp_path / "run", config())
    with pytest.raises(StateConflictError, match=r"no checkpoint to resume: remove .*run and leave --resume out"):
        run(drawn, cache, tmp_path / "run", config(), resume=True)


def test_a_folder_that_cannot_be_written_is_a_disk_error(drawn, cache, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskError, match="cannot be written"):
        run(drawn, cache, tmp_path / "file" / "run", config(max_steps=1))


def test_a_log_of_other_columns_goes_on(tmp_path):
    (tmp_path / "log.csv").write_text("step,total,lr\n1,0.5,0.1\n")
    CsvLog(tmp_path / "log.csv", 1).write({"step": 2, "total": 0.25, "lr_rest": 0.1})
    assert (tmp_path / "log.csv").read_text().splitlines()[-1] == "2,0.25,"


def test_resuming_what_is_not_the_same_run_is_refused(drawn, cache, tmp_path):
    out = tmp_path / "run"
    with pytest.raises(StateConflictError, match="no checkpoint to resume"):
        run(drawn, cache, out, config(max_steps=1), resume=True)
    run(drawn, cache, out, config(max_steps=1))
    with pytest.raises(StateConflictError, match="not empty"):
        run(drawn, cache, out, config(max_steps=1))
    with pytest.raises(StateConflictError, match="started with seed = 0, now it is 3"):
        run(drawn, cache, out, config(max_steps=2, seed=3), resume=True)
    broken = checkpoints(out)[-1] / "training.safetensors"
    broken.write_bytes(broken.read_bytes()[:1000])
    with pytest.raises(WeightsError, match="damaged"):
        run(drawn, cache, out, config(max_steps=2), resume=True)


@pytest.fixture
def ctrl_c():
    """Ctrl-C as in a terminal; a shell may have started the tests deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_a_checkpoint_to_resume(drawn, cache, tmp_path, ctrl_c, number):
    ended = threading.Event()

    def stop_the_loop():
        # Earlier the signal would end the process.
        while not (tmp_path / "run" / "log.csv").exists() and not ended.wait(0.05):
            pass
        if not ended.is_set():
            os.kill(os.getpid(), number)

    threading.Thread(target=stop_the_loop, daemon=True).start()
    try:
        with pytest.raises(StoppedError, match="resume"):
            run(drawn, cache, tmp_path / "run", config(max_steps=5000, epochs=5000))
    finally:
        ended.set()
    step = read_state(checkpoints(tmp_path / "run")[-1]).step
    assert 0 < step < 5000
    finished = run(drawn, cache, tmp_path / "run", config(max_steps=step + 2, epochs=5000), resume=True)
    assert finished.steps == step + 2


def test_a_loss_that_is_no_number_stops_and_keeps_the_checkpoint(drawn, cache, tmp_path, monkeypatch):
    from clipmat.training import train as module

    steps = iter(range(100))
    plain = module.matting_losses

    def spoiled(answer, alpha, *others):
        return plain(answer, alpha * (float("nan") if next(steps) == 3 else 1.0), *others)

    monkeypatch.setattr(module, "matting_losses", spoiled)
    with pytest.raises(DivergedError, match=r"step 4 .*step-00000002 is kept"):
        run(drawn, cache, tmp_path / "run", config(max_steps=8, checkpoint_every=2))
    assert all(torch.isfinite(value).all() for value in weights(checkpoints(tmp_path / "run")[-1]).values())


def test_weights_that_are_no_numbers_are_never_kept(drawn, cache, tmp_path, monkeypatch):
    from clipmat.training import train as module

    steps, plain = iter(range(100)), module.train_step

    def spoiled(model, batch, losses):
        found = plain(model, batch, losses)
        if next(steps) == 3:  # the loss is finite still, the gradients are not
            next(model.parameters()).data.fill_(float("nan"))
        return found

    monkeypatch.setattr(module, "train_step", spoiled)
    with pytest.raises(DivergedError, match=r"weights .* step 4 .*step-00000002 is kept.*lr_rest"):
        run(drawn, cache, tmp_path / "run", config(max_steps=8, checkpoint_every=2))
    assert [read_state(path).step for path in checkpoints(tmp_path / "run")] == [2]


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("x"), RuntimeError("DefaultCPUAllocator: can't allocate memory")]
)
def test_too_little_memory_says_what_to_lower(drawn, cache, tmp_path, monkeypatch, error):
    from clipmat.training import train as module

    def exhausted(*parts):
        raise error

    monkeypatch.setattr(module, "matting_losses", exhausted)
    with pytest.raises(OutOfMemoryError, match=r"batch_size \(now 4\)"):
        run(drawn, cache, tmp_path / "run", config(max_steps=1))


def test_a_second_ctrl_c_ends_at_once(ctrl_c):
    asked = StopRequest(SimpleNamespace(num_processes=1))
    with asked, pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
        assert asked.asked()
        signal.raise_signal(signal.SIGINT)


def test_a_job_in_the_background_stays_deaf_to_ctrl_c(ctrl_c):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with StopRequest(SimpleNamespace(num_processes=1)) as asked:
        signal.raise_signal(signal.SIGINT)
        assert not asked.asked()
        signal.raise_signal(signal.SIGTERM)
        assert asked.asked()


def test_a_missing_dataset_is_found_before_weights_are(tmp_path, monkeypatch):
    from clipmat.training import train as module

    monkeypatch.setattr(module, "_start", lambda *parts: pytest.fail("weights were loaded"))
    with pytest.raises(BadInputError, match="no dataset folder"):
        run(tmp_path / "absent", None, tmp_path / "run", config())


def test_init_starts_from_other_weights(drawn, cache, tmp_path):
    first = run(drawn, cache, tmp_path / "first", config(max_steps=2))
    tuned = run(
        drawn, cache, tmp_path / "tuned", config(max_steps=1, lr_text=0.0, lr_image=0.0), init=str(first.run)
    )
    before, after = weights(first.model), weights(tuned.model)
    name = "text_encoder.token_embedding.weight"
    assert torch.equal(before[name], after[name])
    with pytest.raises(UsageError, match=r"another architecture \(model\.tsp_mlp\)"):
        run(drawn, cache, tmp_path / "x", config(model={"tsp_mlp": 0}), init=str(first.run))


def test_a_gpu_configuration_without_a_gpu_is_refused(drawn, cache, tmp_path):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(UsageError, match="precision=fp32"):
        run(drawn, cache, tmp_path / "run", config(precision="bf16"))
    with pytest.raises(BadInputError, match="no dataset folder"):
        run(tmp_path / "absent", cache, tmp_path / "run", config())


@pytest.mark.parametrize(("device", "said"), [("gpu", "unknown device"), ("cuda", "no cuda"), ("mps", "no mps")])
def test_a_device_that_is_not_here_is_refused(drawn, cache, tmp_path, device, said):
    if (device == "cuda" and torch.cuda.is_available()) or (device == "mps" and torch.backends.mps.is_available()):
        pytest.skip(f"there is a device {device} here")
    with pytest.raises(UsageError, match=said):
        train([Source(drawn)], config(), tmp_path / "run", cache=cache, device=device, quiet=True)


def test_a_gpu_that_accelerate_would_not_take_is_refused(drawn, cache, tmp_path, monkeypatch):
    from clipmat.training import loop

    monkeypatch.setattr(loop, "choose_device", lambda wanted: torch.device("cuda", 1))
    with pytest.raises(UsageError, match="CUDA_VISIBLE_DEVICES=1"):
        run(drawn, cache, tmp_path / "run", config())


def test_what_accelerate_refuses_is_a_usage_error(drawn, cache, tmp_path, monkeypatch):
    def refusing(**options):
        raise ValueError("AcceleratorState has already been initialized")

    monkeypatch.setattr("accelerate.Accelerator", refusing)
    with pytest.raises(UsageError, match=r"already been initialized.*start a new process"):
        run(drawn, cache, tmp_path / "run", config())


def test_two_processes_train_one_model(drawn, tmp_path):
    words = (
        "-m torch.distributed.run --nproc-per-node 2 -m clipmat train --preset tiny --device cpu --max-steps 2 "
        "--set batch_size=4 --set validation_images=2 --json --out run --cache cache --data"
    )
    done = subprocess.run(
        [sys.executable, *words.split(), str(drawn)],
        cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    state = read_state(checkpoints(tmp_path / "run")[-1])
    assert (state.step, state.world) == (2, 2)
    with pytest.raises(StateConflictError, match="started with 2 processes, now there are 1"):
        run(drawn, tmp_path / "cache", tmp_path / "run", state.config, resume=True)
