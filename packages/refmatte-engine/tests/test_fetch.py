"""Downloads from a server on this machine: right, wrong, broken off, resumed."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import filelock
import pytest
from command import DRAWN, refmatte
from model_cards import write_card

from refmatte_engine.errors import BadInputError, StateConflictError
from refmatte_engine.weights import find_weights
from refmatte_engine.weights.fetch import fetch_model
from refmatte_engine.weights.listing import State

DATA = bytes(range(256)) * 8192  # 2 MiB


@dataclass
class Server:
    """What the server does, and what it was asked.

    Attributes:
        body: what it has.
        stop_after: bytes of a body after which it hangs up.
        ranges: it can go on in the middle.
        code: of every answer, when not 200 or 206.
        asked: the header Range of every request.
    """

    url: str = ""
    body: bytes = DATA
    stop_after: int | None = None
    ranges: bool = True
    code: int | None = None
    asked: list[str | None] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            wanted = self.headers["Range"]
            state.asked.append(wanted)
            if state.code:
                self.send_error(state.code)
                return
            start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and state.ranges else 0
            if start >= len(state.body):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(state.body) - 1}/{len(state.body)}")
            self.send_header("Content-Length", str(len(state.body) - start))
            self.end_headers()
            self.wfile.write(state.body[start:][: state.stop_after])

        def log_message(self, *_):
            return

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{httpd.server_port}/tiny.bin"
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    yield state
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def left_over(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix not in {".toml", ".lock"})


def test_what_was_fetched_is_found(server, tmp_path):
    write_card(tmp_path, DATA, url=server.url)
    fetched = fetch_model("tiny", tmp_path)
    assert fetched.state is State.AS_PUBLISHED
    assert fetched.path.read_bytes() == DATA
    assert find_weights("tiny", tmp_path).sha256 == fetched.sha256
    assert left_over(tmp_path) == [".tiny.bin.sha256.json", "tiny.bin"]


def test_what_is_there_is_not_fetched_again(server, tmp_path):
    write_card(tmp_path, DATA, url=server.url)
    (tmp_path / "tiny.bin").write_bytes(DATA)
    assert fetch_model("tiny", tmp_path).state is State.AS_PUBLISHED
    assert not server.asked


def test_a_wrong_file_that_is_there_stays_and_is_refused(server, tmp_path):
    write_card(tmp_path, DATA, url=server.url)
    (tmp_path / "tiny.bin").write_bytes(b"mine")
    with pytest.raises(BadInputError, match="Remove it"):
        fetch_model("tiny", tmp_path)
    assert (tmp_path / "tiny.bin").read_bytes() == b"mine"
    assert not server.asked


def test_a_wrong_hash_is_refused_and_nothing_stays(server, tmp_path):
    card = write_card(tmp_path, DATA, url=server.url)
    server.body = b"evil"
    with pytest.raises(BadInputError) as caught:
        fetch_model("tiny", tmp_path)
    assert card["sha256"] in str(caught.value)
    assert hashlib.sha256(b"evil").hexdigest() in str(caught.value)
    assert left_over(tmp_path) == []


def test_a_download_that_broke_off_goes_on(server, tmp_path):
    write_card(tmp_path, DATA, url=server.url)
    server.stop_after = 1_500_000
    with pytest.raises(BadInputError, match=r"1,500,000 of 2,097,152.*goes on from there"):
        fetch_model("tiny", tmp_path)
    assert not (tmp_path / "tiny.bin").exists()
    server.stop_after = None
    assert fetch_model("tiny", tmp_path).path.read_bytes() == DATA
    assert server.asked == [None, "bytes=1500000-"]


def test_a_server_that_cannot_go_on_starts_again(server, tmp_path):
    write_card(tmp_path, DATA, url=server.url)
    (tmp_path / ".tiny.bin.part").write_bytes(b"something else")
    server.ranges = False
    assert fetch_model("tiny", tmp_path).path.read_bytes() == DATA
    assert server.asked == ["bytes=14-"]


def test_a_part_that_is_longer_than_the_file_starts_again(server, tmp_path):
    write_card(tmp_path, DATA, url=server.url)
    (tmp_path / ".tiny.bin.part").write_bytes(DATA + b"more")
    assert fetch_model("tiny", tmp_path).path.read_bytes() == DATA
    assert server.asked == [f"bytes={len(DATA) + 4}-", None]


def test_a_wrong_part_is_found_by_the_hash_and_the_next_try_is_right(server, tmp_path):
    write_card(tmp_path, DATA, url=server.url)
    (tmp_path / ".tiny.bin.part").write_bytes(b"something else")
    with pytest.raises(BadInputError, match="another file"):
        fetch_model("tiny", tmp_path)
    assert fetch_model("tiny", tmp_path).path.read_bytes() == DATA


def test_an_error_of_the_server_names_address_and_place(server, tmp_path):
    write_card(tmp_path, DATA, url=server.url)
    server.code = 404
    done = refmatte("models", "fetch", "tiny", "--models-dir", tmp_path)
    assert done.code == 3
    for part in ("404", server.url, str(tmp_path / "tiny.bin"), "https://example.org/tiny"):
        assert part in done.err
    assert left_over(tmp_path) == []


def test_without_a_network_it_says_how_to_do_it_by_hand(tmp_path):
    url = "http://127.0.0.1:1/tiny.bin"  # nobody listens there
    write_card(tmp_path, DATA, url=url)
    done = refmatte("models", "fetch", "tiny", "--models-dir", tmp_path)
    assert done.code == 3
    for part in ("By hand", url, str(tmp_path / "tiny.bin")):
        assert part in done.err


def test_two_do_not_fetch_one_file(server, tmp_path):
    write_card(tmp_path, DATA, url=server.url)
    with filelock.FileLock(tmp_path / ".tiny.bin.lock"), pytest.raises(StateConflictError):
        fetch_model("tiny", tmp_path)
    assert not server.asked


def test_the_command_fetches(server, tmp_path):
    card = write_card(tmp_path, DATA, url=server.url)
    done = refmatte("models", "fetch", "tiny", "--models-dir", tmp_path, "--json")
    assert done.code == 0
    assert done.document[0]["found_sha256"] == card["sha256"]


def test_a_model_without_an_address_cannot_be_fetched(tmp_path):
    done = refmatte("models", "fetch", "maskrcnn-detectron2", "--models-dir", tmp_path)
    assert done.code == 3
    assert "by hand" in done.err


def test_no_other_command_opens_a_connection(tmp_path, monkeypatch):
    def refuse(*_):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setenv("REFMATTE_MODELS", str(tmp_path / "models"))
    assert refmatte("models", "list").code == 0
    assert refmatte("models", "check").code == 0
    with pytest.raises(BadInputError):
        find_weights("yunet")
    done = refmatte(*DRAWN, "--images", 2, "--workers", 1, "--out", tmp_path / "data")
    assert done.code == 0, done.err
