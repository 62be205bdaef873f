"""OpenAI's form of CLIP's weights: a TorchScript archive, opened only by its full published hash."""

import hashlib
import json

import pytest
from model_cards import write_card

from refmatte_engine.errors import BadInputError
from refmatte_engine.weights import find_weights

torch = pytest.importorskip("torch")


@pytest.fixture
def archive(tmp_path):
    from torch import nn

    class Tiny(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(2, 3).half()
            self.register_buffer("context_length", torch.tensor(77))

        def forward(self, x):
            return self.linear(x)

    path = tmp_path / "tiny.bin"
    torch.jit.script(Tiny()).save(str(path))
    return path


def test_the_published_archive_is_read_as_tensors(archive, tmp_path):
    from refmatte_engine.labellers.torchscript import is_torchscript, read_torchscript

    write_card(tmp_path, archive.read_bytes())
    weights = find_weights("tiny", tmp_path)
    assert is_torchscript(weights)
    found = read_torchscript(weights)
    assert sorted(found) == ["linear.bias", "linear.weight"]
    assert all(value.dtype == torch.float32 for value in found.values())


@pytest.mark.parametrize("card", [{"known": False}, {"prefix": 8}])
def test_without_a_full_published_hash_it_is_not_opened(archive, tmp_path, card):
    from refmatte_engine.labellers.torchscript import read_torchscript

    write_card(tmp_path, archive.read_bytes(), **card)
    with pytest.raises(BadInputError, match="holds a program"):
        read_torchscript(find_weights("tiny", tmp_path))


def test_a_hash_remembered_beside_the_file_opens_nothing(archive, tmp_path):
    from refmatte_engine.labellers.torchscript import read_torchscript
    from refmatte_engine.weights.hashed import memory_of

    published = b"the published file"
    write_card(tmp_path, published)
    stat, sha256 = archive.stat(), hashlib.sha256(published).hexdigest()
    memory = {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": sha256}
    memory_of(archive).write_text(json.dumps(memory), encoding="utf-8")
    weights = find_weights("tiny", tmp_path)
    assert weights.sha256 == sha256  # for a file that holds no program that is enough
    with pytest.raises(BadInputError, match="holds a program"):
        read_torchscript(weights)


def test_own_weights_may_not_be_such_an_archive(archive, tmp_path):
    from refmatte_engine.labellers.torchscript import read_torchscript

    archive.rename(tmp_path / "mine.pth")
    with pytest.raises(BadInputError, match="holds a program"):
        read_torchscript(find_weights("mine", tmp_path))


def test_a_state_dict_is_no_archive(tmp_path):
    from refmatte_engine.labellers.torchscript import is_torchscript

    torch.save({"a": torch.zeros(2)}, tmp_path / "tiny.bin")
    write_card(tmp_path, (tmp_path / "tiny.bin").read_bytes())
    assert not is_torchscript(find_weights("tiny", tmp_path))
    (tmp_path / "tiny.bin").write_bytes(b"no zip")
    write_card(tmp_path, b"no zip")
    assert not is_torchscript(find_weights("tiny", tmp_path))
