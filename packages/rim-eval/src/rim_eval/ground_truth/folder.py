"""Ground truth as a plain folder of mattes: `<id>.png` takes `<id>.png` or any `<id>_e<i>.png`.

Each matte is its own image unless all names read `rim_<split>_<8 hex>_<k>`, or a regular expression says
otherwise: its first group (or its whole match) is then the image. Mattes of one image are siblings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from pathlib import Path

from rim_eval.errors import GroundTruthError, MixedSettingsError, counted, listed
from rim_eval.ground_truth.scenes import (
    EXPRESSION_SUFFIX,
    MULTI_TARGET_SUFFIX,
    RIM_NAME,
    GroundTruth,
    Item,
    Scene,
    compiled,
    matte_files,
)


def load_folder(
    folder: Path, predicted: Collection[str], *, image_id: str | None = None, photos: Path | None = None
) -> GroundTruth:
    """Scenes of a plain folder. `predicted`: stems of the prediction files; they decide about `_e<i>`."""
    mattes = matte_files(folder, "ground truth")
    images, grouping = image_of(list(mattes), image_id, folder)
    expressions = _expressions_of(mattes, predicted)
    photo_files = matte_or_photo_files(photos) if photos else {}
    members: dict[str, list[str]] = defaultdict(list)
    for stem in mattes:
        members[images[stem]].append(stem)
    scenes = []
    for image, stems in members.items():
        photo = photo_files.get(image) or (photo_files.get(stems[0]) if len(stems) == 1 else None)
        # A matte of several targets is a sum of entities, not an entity: it stands alone.
        entities = [stem for stem in stems if not MULTI_TARGET_SUFFIX.search(stem)]
        sums = [stem for stem in stems if MULTI_TARGET_SUFFIX.search(stem)]
        for together in ([entities] if entities else []) + [[stem] for stem in sums]:
            items = tuple(
                Item(id=name, entity_id=stem, target_ids=(stem,), groups=_kind(name, stem))
                for stem in together
                for name in expressions.get(stem, [stem])
            )
            scenes.append(Scene(image, {stem: mattes[stem] for stem in together}, items, photo))
    return GroundTruth(
        scenes=tuple(scenes),
        source="folder",
        setting="expression" if expressions else "matte",
        protocol="all" if expressions else "none",
        grouping=grouping,
        expected="the name of a ground truth, or that name with _e0, _e1, ... for its expressions",
        notes=_uneven(expressions),
    )


def image_of(stems: list[str], pattern: str | None, folder: Path) -> tuple[dict[str, str], str]:
    """Matte -> image, and the name of the rule that says so."""
    if pattern is not None:
        matches = {stem: compiled(pattern).search(stem) for stem in stems}
        strangers = [stem for stem, match in matches.items() if match is None]
        if strangers:
            raise GroundTruthError(
                f"{folder}: --image-id {pattern!r} does not match "
                f"{counted(len(strangers), 'name')}: {listed(strangers)}."
            )
        return {
            stem: (match.group(1) if match.re.groups else match.group(0)) or stem
            for stem, match in matches.items()
            if match is not None
        }, f"regex({pattern})"
    named = {stem: RIM_NAME.fullmatch(stem) for stem in stems}
    if all(named.values()):
        return {stem: match.group(1) for stem, match in named.items() if match}, "rim-names"
    return {stem: stem for stem in stems}, "own"


def _expressions_of(mattes: Collection[str], predicted: Collection[str]) -> dict[str, list[str]]:
    """Matte -> its predicted expressions; a name that is a ground truth itself is never an expression."""
    found: dict[str, list[str]] = defaultdict(list)
    plain = []
    for name in sorted(predicted):
        if name in mattes:
            plain.append(name)
        elif (base := EXPRESSION_SUFFIX.sub("", name)) in mattes and base != name:
            found[base].append(name)
    if plain and found:
        some = next(iter(found.values()))[0]
        raise MixedSettingsError(
            f"the predictions mix one file a ground truth ({plain[0]}) and files per expression ({some}). "
            "Score the two settings in separate folders."
        )
    for names in found.values():
        names.sort(key=lambda name: int(name.rsplit("_e", 1)[1]))
    return dict(found)


def _kind(name: str, stem: str) -> dict[str, str]:
    return {"kind": f"e{name.rsplit('_e', 1)[1]}"} if name != stem else {}


def _uneven(expressions: dict[str, list[str]]) -> tuple[str, ...]:
    counts = {len(names) for names in expressions.values()}
    if len(counts) < 2:
        return ()
    return (
        f"ground truths have between {min(counts)} and {max(counts)} expression predictions; "
        "a plain folder cannot know how many there should be.",
    )


def matte_or_photo_files(folder: Path) -> dict[str, Path]:
    """Photos by stem, for the pictures of the HTML report."""
    if not folder.is_dir():
        raise GroundTruthError(f"{folder}: no such folder (photos).")
    suffixes = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
    return {path.stem: path for path in sorted(folder.iterdir()) if path.suffix.lower() in suffixes}
