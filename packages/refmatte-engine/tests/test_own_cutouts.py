"""A user's own cut-outs: invented categories, own attributes, hard pairs on purpose."""

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
from command import refmatte

from refmatte_engine.sources.drawn import write_cutouts

CATEGORIES = [
    f"{a}{b}"
    for a in ("ba", "ko", "mi", "zu", "te", "lo", "ra", "ni")
    for b in ("lub", "rel", "ton", "gar", "wix")
]


def test_forty_invented_categories_are_balanced_and_often_meet_their_like(tmp_path: Path) -> None:
    """The full size (25 cut-outs each, 5,000 images) is the same test with other numbers; it takes two minutes."""
    write_cutouts(tmp_path / "cutouts", 160, categories=CATEGORIES)
    out = tmp_path / "data"
    done = refmatte(
        "plan", "--sources", f"folder:{tmp_path / 'cutouts'}", "--backgrounds", "drawn:20", "--images", 800,
        "--set", "split.test_image_share=0", "--workers", 1, "--out", out, "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert done.document["splits"]["train"]["ambiguous"] == 0
    labels = pq.read_table(out / "entities.parquet", columns=["entity_id", "labels"]).to_pylist()
    category = {row["entity_id"]: row["labels"]["category"] for row in labels}
    images = [
        [category[entity["entity_id"]] for entity in row["entities"]]
        for row in pq.read_table(out / "plan.parquet", columns=["entities"]).to_pylist()
    ]
    used = Counter(name for names in images for name in names)
    mean = used.total() / len(CATEGORIES)
    assert set(used) == set(CATEGORIES)
    assert all(abs(n - mean) <= 0.1 * mean for n in used.values())
    assert sum(len(set(names)) < len(names) for names in images) >= 0.3 * len(images)


def test_an_attribute_of_the_users_own_is_spoken_as_he_says(tmp_path: Path) -> None:
    folder = tmp_path / "cutouts"
    write_cutouts(folder, 8, categories=["mug"])
    lines = (folder / "labels.csv").read_text().splitlines()
    materials = ["tin", "glass", "clay", "oak"]
    rows = [f"{line.split(',')[0]},mug,{materials[i % 4]}" for i, line in enumerate(lines[1:])]
    (folder / "labels.csv").write_text("\n".join(["file,category,attr:material", *rows]) + "\n")
    (folder / "attributes.toml").write_text('[attributes.material]\nplace = "after"\nphrase = "made of {value}"\n')
    out = tmp_path / "data"
    done = refmatte(
        "build",
        "--sources",
        f"folder:{folder}",
        "--backgrounds",
        "drawn:6",
        "--images",
        8,
        "--workers",
        1,
        "--out",
        out,
    )
    assert done.code == 0, done.err
    texts = [
        row["text"]
        for path in (out / "train").glob("expressions-*.parquet")
        for row in pq.read_table(path, columns=["text"]).to_pylist()
    ]
    assert any(f" made of {material}" in text for text in texts for material in materials)
    assert refmatte("verify", out).code == 0
