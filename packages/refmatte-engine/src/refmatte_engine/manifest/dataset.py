"""Reading a dataset: `open_dataset` for its tables, `samples` for (image, phrase, alpha).

    for image, phrase, alpha in samples("data", split="test"):
        ...                      # uint8 (H, W, 3), str, float32 (H, W) in [0, 1]

A `Samples` is a sequence: it decodes only what is asked for, so a training loader can index it at random.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar, overload

from refmatte_engine.errors import BadInputError, UsageError
from refmatte_engine.manifest.alpha import load_alpha
from refmatte_engine.manifest.build_manifest import BuildManifest, read_manifest
from refmatte_engine.manifest.paths import check_relative, resolve_inside
from refmatte_engine.manifest.pixels import load_rgb
from refmatte_engine.manifest.records import ExpressionRow, ImageRow, MatteRow
from refmatte_engine.manifest.schema import RECORDS, SCHEMAS, SPLIT_TABLES, TableName
from refmatte_engine.manifest.tables import read_arrow, read_rows, shard_paths, strings
from refmatte_engine.manifest.vocabulary import Split

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

Setting: TypeAlias = Literal["expression", "keyword"]
R = TypeVar("R")


class _LastImage:
    """Keeps the image decoded last: the samples of one image are neighbours in the tables."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._pixels: NDArray[np.uint8] | None = None

    def load(self, path: Path) -> NDArray[np.uint8]:
        if self._pixels is None or path != self._path:
            self._pixels, self._path = load_rgb(path), path
        return self._pixels.copy()


@dataclass(frozen=True, slots=True)
class Sample:
    """One (image, phrase, alpha), decoded when asked. Unpacks: ``image, phrase, alpha = sample``.

    Attributes:
        sample_id: expression id, or matte id in the keyword setting; a prediction is ``<sample_id>.png``.
        matte_id, image_id: what it belongs to.
        kind: kind of the expression, ``"keyword"`` in the keyword setting.
        phrase: the text.
        image_path, alpha_path: the files.
    """

    sample_id: str
    matte_id: str
    image_id: str
    kind: str
    phrase: str
    image_path: Path
    alpha_path: Path
    _images: _LastImage = field(default_factory=_LastImage, repr=False, compare=False)

    @property
    def image(self) -> NDArray[np.uint8]:
        """uint8 (H, W, 3) RGB."""
        return self._images.load(self.image_path)

    @property
    def alpha(self) -> NDArray[np.float32]:
        """float32 (H, W) in [0, 1], the visible alpha."""
        return load_alpha(self.alpha_path)

    def __iter__(self) -> Iterator[NDArray[np.uint8] | str | NDArray[np.float32]]:
        return iter((self.image, self.phrase, self.alpha))


class Samples(Sequence[Sample]):
    """All samples of one split and setting, in the order of the tables."""

    def __init__(self, root: Path, columns: _Columns) -> None:
        self._root = root
        self._columns = columns
        self._images = _LastImage()

    def __len__(self) -> int:
        return len(self._columns.sample_id)

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> list[Sample]: ...
    def __getitem__(self, index: int | slice) -> Sample | list[Sample]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        columns = self._columns
        image_name, alpha_name = columns.image_name[index], columns.alpha_name[index]
        return Sample(
            sample_id=columns.sample_id[index],
            matte_id=columns.matte_id[index],
            image_id=columns.image_id[index],
            kind=columns.kind[index],
            phrase=columns.phrase[index],
            image_path=resolve_inside(self._root, image_name),
            alpha_path=resolve_inside(self._root, alpha_name),
            _images=self._images,
        )


@dataclass(frozen=True, slots=True)
class Dataset:
    """An opened dataset; ``manifest`` is None when it is unfinished (``allow_partial``)."""

    root: Path
    manifest: BuildManifest | None

    @property
    def splits(self) -> tuple[Split, ...]:
        """Splits that hold images."""
        return tuple(split for split in Split if shard_paths(self.root / split, ImageRow))

    def images(self, split: Split | str) -> Iterator[ImageRow]:
        """Rows of the images table of a split."""
        return self._rows(ImageRow, split)

    def mattes(self, split: Split | str) -> Iterator[MatteRow]:
        """Rows of the mattes table of a split."""
        return self._rows(MatteRow, split)

    def expressions(self, split: Split | str) -> Iterator[ExpressionRow]:
        """Rows of the expressions table of a split."""
        return self._rows(ExpressionRow, split)

    def arrow(self, kind: type, split: Split | str, columns: Sequence[str] | None = None) -> pa.Table:
        """A table (or some columns) of a split in Arrow's form; ``kind`` is ImageRow, MatteRow, ExpressionRow."""
        import pyarrow as pa

        shards = shard_paths(self.root / as_split(split), kind)
        if not shards:
            raise BadInputError(f"{self.root} has no {split} split")
        return pa.concat_tables([read_arrow(path, kind, columns) for path in shards])

    def table(self, name: TableName | str) -> pa.Table:
        """One of the tables by name, all splits of it together (train first), in Arrow's form."""
        import pyarrow as pa

        kind = RECORDS[TableName(name)]
        if TableName(name) not in SPLIT_TABLES:
            return read_arrow(self.root / f"{TableName(name).value}.parquet", kind)
        shards = [path for split in Split for path in shard_paths(self.root / split, kind)]
        return pa.concat_tables(
            [SCHEMAS[TableName(name)].empty_table(), *(read_arrow(path, kind) for path in shards)]
        )

    def file(self, name: str) -> Path:
        """The path of a file that a table names; refused when it leaves the dataset."""
        return resolve_inside(self.root, name)

    def samples(self, split: Split | str, setting: Setting = "expression") -> Samples:
        """All (image, phrase, alpha) of a split.

        Args:
            split: train or test.
            setting: ``expression`` (one sample per expression with one target) or ``keyword`` (one per matte
                of the images whose keywords tell the entities apart).
        """
        if setting not in ("expression", "keyword"):
            raise UsageError(f"unknown setting {setting!r}: use expression or keyword")
        images = self.arrow(ImageRow, split, ["image_id", "file_name", "in_keyword_setting"])
        mattes = self.arrow(MatteRow, split, ["matte_id", "image_id", "file_name", "keyword"])
        image_names = dict(zip(strings(images, "image_id"), strings(images, "file_name"), strict=True))
        for name in (*image_names.values(), *strings(mattes, "file_name")):
            check_relative(name)
        if setting == "keyword":
            columns = _keyword_columns(images, mattes, image_names)
        else:
            wanted = ["expression_id", "matte_id", "image_id", "target_ids", "kind", "text"]
            columns = _expression_columns(self.arrow(ExpressionRow, split, wanted), mattes, image_names)
        return Samples(self.root, columns)

    def _rows(self, kind: type[R], split: Split | str) -> Iterator[R]:
        for path in shard_paths(self.root / as_split(split), kind):
            yield from read_rows(path, kind)


def open_dataset(root: Path | str, *, allow_partial: bool = False) -> Dataset:
    """Open a dataset folder.

    Args:
        root: the folder that holds ``MANIFEST.json``.
        allow_partial: admit a build that is not finished.

    Raises:
        StateConflictError: the build is not finished.
        BadInputError: no folder, or not a dataset of this major version.
    """
    root = Path(root)
    return Dataset(root, read_manifest(root, allow_partial=allow_partial))


def samples(root: Path | str, split: Split | str = Split.TRAIN, setting: Setting = "expression") -> Samples:
    """All (image, phrase, alpha) of a finished dataset's split; see `Dataset.samples`."""
    return open_dataset(root).samples(split, setting)


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of `Samples`, all of one length."""

    sample_id: list[str]
    matte_id: list[str]
    image_id: list[str]
    kind: list[str]
    phrase: list[str]
    image_name: list[str]
    alpha_name: list[str]


def _keyword_columns(images: pa.Table, mattes: pa.Table, image_names: dict[str, str]) -> _Columns:
    told_apart = dict(zip(strings(images, "image_id"), images["in_keyword_setting"].to_pylist(), strict=True))
    rows = [
        (matte_id, image_id, keyword, name)
        for matte_id, image_id, keyword, name in zip(
            strings(mattes, "matte_id"),
            strings(mattes, "image_id"),
            mattes["keyword"].to_pylist(),
            strings(mattes, "file_name"),
            strict=True,
        )
        if told_apart.get(image_id) and keyword is not None
    ]
    return _Columns(
        sample_id=[row[0] for row in rows],
        matte_id=[row[0] for row in rows],
        image_id=[row[1] for row in rows],
        kind=["keyword"] * len(rows),
        phrase=[row[2] for row in rows],
        image_name=[image_names[row[1]] for row in rows],
        alpha_name=[row[3] for row in rows],
    )


def _expression_columns(expressions: pa.Table, mattes: pa.Table, image_names: dict[str, str]) -> _Columns:
    alpha_names = dict(zip(strings(mattes, "matte_id"), strings(mattes, "file_name"), strict=True))
    # A phrase with no target or with several has no single matte; such rows are for other readers.
    single = [
        targets == [matte]
        for targets, matte in zip(
            expressions["target_ids"].to_pylist(), strings(expressions, "matte_id"), strict=True
        )
    ]
    kept = expressions.filter(single) if not all(single) else expressions
    matte_ids, image_ids = strings(kept, "matte_id"), strings(kept, "image_id")
    try:
        alpha_name = [alpha_names[matte_id] for matte_id in matte_ids]
        image_name = [image_names[image_id] for image_id in image_ids]
    except KeyError as error:
        raise BadInputError(
            f"an expression names {error.args[0]!r}, which no table has: run `refmatte verify`"
        ) from error
    return _Columns(
        sample_id=strings(kept, "expression_id"),
        matte_id=matte_ids,
        image_id=image_ids,
        kind=strings(kept, "kind"),
        phrase=strings(kept, "text"),
        image_name=image_name,
        alpha_name=alpha_name,
    )


def as_split(split: Split | str) -> Split:
    """A split by name; UsageError names the legal ones."""
    try:
        return Split(split)
    except ValueError as error:
        raise UsageError(f"unknown split {split!r}: use {' or '.join(Split)}") from error
