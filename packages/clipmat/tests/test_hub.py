"""Models of the hub: huggingface_hub's own client, against a server on this machine and then offline."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(BaseHTTPRequestHandler):
    """As much of the hub as a download asks for: one repository, ``someone/tiny``."""

    folder = None

    def do_HEAD(self):
        self._answer(with_body=False)

    def do_GET(self):
        self._answer(with_body=True)

    def _answer(self, with_body):
        path = self.path.partition("?")[0]
        names = sorted(file.name for file in self.folder.iterdir())
        if path.startswith("/api/models/someone/tiny"):
            if "/tree/" in path:
                found = [
                    {"type": "file", "path": name, "size": (self.folder / name).stat().st_size, "oid": "0" * 40}
                    for name in names
                ]
            else:
                found = {"id": "someone/tiny", "sha": COMMIT, "siblings": [{"rfilename": name} for name in names]}
            self._send(json.dumps(found).encode(), {"Content-Type": "application/json"}, with_body)
        elif path.startswith("/someone/tiny/resolve/") and path.rpartition("/")[2] in names:
            body = (self.folder / path.rpartition("/")[2]).read_bytes()
            tag = hashlib.sha256(body).hexdigest()
            self._send(body, {"ETag": f'"{tag}"', "X-Repo-Commit": COMMIT}, with_body)
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _send(self, body, headers, with_body):
        self.send_response(200)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, *words):
        pass


@pytest.fixture(scope="module")
def hub(tiny_model):
    """The address of a hub that holds the tiny model, its card with it."""
    handler = type("TinyHub", (Hub,), {"folder": tiny_model})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("hf_home")


def run(code, home, **environment):
    """A process of its own: huggingface_hub reads its environment when it is imported."""
    at_home = {**os.environ, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**at_home, **environment}, timeout=550
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.timeout(1200)
def test_a_model_comes_from_the_hub_and_stays(hub, home, tiny_model, drawn, tmp_path):
    fetch = "from clipmat.model.folder import resolve\nprint(resolve('hf:someone/tiny'))"
    assert run(fetch, home, HF_ENDPOINT=hub).strip().endswith(COMMIT)
    assert (home / "hub" / "models--someone--tiny" / "snapshots" / COMMIT / "README.md").is_file()
    # Offline the cache answers: prediction as a library, and training from those weights.
    code = f"""
import numpy as np
from pathlib import Path
from clipmat import Matter
from clipmat.config import preset
from clipmat.data.scenes import Source
from clipmat.training.train import train
photo = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
names = ("hf:someone/tiny", {str(tiny_model)!r})
hub, disk = (Matter.from_pretrained(name, "cpu").predict(photo, "the cup") for name in names)
assert (hub.alpha == disk.alpha).all() and hub.score == disk.score
still = dict(max_steps=1, lr_image=0, lr_text=0, lr_rest=1e-12, weight_decay=0, validation_images=0)
config = preset("tiny", changes=still)
out, cache = Path({str(tmp_path / "run")!r}), Path({str(tmp_path / "cache")!r})
train([Source(Path({str(drawn)!r}))], config, out, init="hf:someone/tiny", cache=cache, device="cpu", quiet=True)
"""
    run(code, home, HF_HUB_OFFLINE="1")
    from safetensors.numpy import load_file

    before, after = (load_file(path / "model.safetensors") for path in (tiny_model, tmp_path / "run" / "model"))
    weights = [name for name in before if "running_" not in name and "num_batches" not in name]
    # Rates of nothing: what came in goes out.
    assert all(np.allclose(before[name], after[name], rtol=0, atol=1e-6) for name in weights)


@pytest.mark.timeout(1200)
def test_repositories_that_are_not_there(hub, home):
    """All in one process each for online and offline."""
    names = ["hf:someone/absent", "hf:absent", "hf:so me/a:b"]
    code = f"""
from clipmat.errors import ClipmatError
from clipmat.model.folder import load_model
for name in {names}:
    try:
        load_model(name)
    except ClipmatError as error:
        print(int(error.exit_code), error)
"""
    said = {
        offline: run(code, home, **({"HF_HUB_OFFLINE": "1"} if offline else {"HF_ENDPOINT": hub})).splitlines()
        for offline in (False, True)
    }
    assert [line[0] for line in said[False]] == [line[0] for line in said[True]] == ["3", "2", "3"]
    assert "no such repository" in said[False][0] and "HF_HUB_OFFLINE" in said[True][0]
    assert "hf:owner/name" in said[True][1] and "hf:so me/a:b" in said[False][2]
