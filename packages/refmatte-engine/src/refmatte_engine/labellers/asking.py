"""Asks a model about many items: what it said before is recalled, the rest is read ahead and asked in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from refmatte_engine.images.opener import UnusableImageError
from refmatte_engine.labellers.memory import Memory, Saying
from refmatte_engine.progress import Progress
from refmatte_engine.runner import StopFlag

BATCH = 8
"""Pictures that a model is given at once: enough for a GPU, and 150 MB of `LOOK_SIDE` at most."""

Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Question(Generic[Seen]):
    """One item to ask about.

    Attributes:
        item_id: ``source/stem``.
        address: what the answer depends on besides the model: content hash, and what is known already.
        read: loads what the model is shown.

    ``read`` may raise UnusableImageError; then nobody is asked and nothing is remembered.
    """

    item_id: str
    address: tuple[str, ...]
    read: Callable[[], Seen]


def ask(
    fingerprint: str,
    answer: Callable[[Sequence[Seen]], Sequence[Saying]],
    silent: Callable[[str], Saying],
    questions: Sequence[Question[Seen]],
    memory: Memory,
    *,
    title: str,
    progress: Progress,
    flag: StopFlag | None = None,
) -> dict[str, Saying]:
    """What the model says of every item, by item id.

    Answers are remembered batch by batch, so a run that was stopped goes on where it was.

    Args:
        fingerprint: of the model.
        answer: asks it about a batch.
        silent: what stands for its answer when the picture cannot be read, for a reason.
        title: of the stage, for people.

    Raises:
        StoppedError: the flag was set; what was answered is kept.
    """
    flag = flag or StopFlag()
    said: dict[str, Saying] = {}
    with progress.stage(title, len(questions)) as stage:
        todo: list[Question[Seen]] = []
        for question in questions:
            known = memory.recall(fingerprint, *question.address)
            if known is None:
                todo.append(question)
            else:
                said[question.item_id] = known
                stage.advance()
        for batch in _read_ahead(todo, flag):
            shown = [(question, seen) for question, seen, _ in batch if seen is not None]
            answers = answer([seen for _, seen in shown]) if shown else ()
            for (question, _), saying in zip(shown, answers, strict=True):
                memory.keep(saying, fingerprint, *question.address)
                said[question.item_id] = saying
            said |= {question.item_id: silent(why) for question, seen, why in batch if seen is None}
            stage.advance(len(batch))
    return said


Read = tuple[Question[Seen], Seen | None, str]


def _read_ahead(questions: Sequence[Question[Seen]], flag: StopFlag) -> Iterator[list[Read[Seen]]]:
    """Batches with their pictures; the next one is read while the model works on this one."""
    batches = [questions[start : start + BATCH] for start in range(0, len(questions), BATCH)]
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(_read, batches[0]) if batches else None
        for following in [*batches[1:], None]:
            if coming is None:
                return
            batch = coming.result()
            flag.check()
            coming = reader.submit(_read, following) if following is not None else None
            yield batch


def _read(questions: Sequence[Question[Seen]]) -> list[Read[Seen]]:
    seen: list[Read[Seen]] = []
    for question in questions:
        try:
            seen.append((question, question.read(), ""))
        except UnusableImageError as error:
            seen.append((question, None, f"its picture cannot be read: {error.reason.value}"))
    return seen
