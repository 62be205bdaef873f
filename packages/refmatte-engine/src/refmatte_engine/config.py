"""Presets: every choice of a build that is not a path, as frozen typed models.

``paper`` is the paper to the last count, quirks included; ``modern`` is the paper's design with the
requirements of DESIGN section 5. Both are TOML data in ``presets/``; a user's TOML names only what differs.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]


class Section(BaseModel):
    """A frozen section that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class SourceOptions(Section):
    """Which part of a dataset takes part."""

    aim500_subset: Literal["objects", "all"] = "objects"
    """The paper's 200 of AIM-500 are its non-portrait, non-animal part (supp. Table 1)."""
    p3m10k_include_np: bool = False
    """P3M-500-NP: 500 people without face obfuscation; off for privacy (also needs the faces flag)."""
    sim_train: str = "train"
    """Folder of SIM's training classes, below its root (its top-level names are unpublished)."""
    sim_test: str = "test"
    """Folder of SIM's test classes."""
    drawn_split: Literal["dealt", "combinations"] = "dealt"
    """``combinations``: a quarter of the pairs of a shape and a colour is in the test split alone, so that a model
    is asked for what it has never seen together; dealt: as entities of a source without splits are."""
    drawn_scale: Annotated[float, Field(ge=0.1, le=1.0)] = 1.0
    """Size of drawn entities and backgrounds, 1 is 300..700 and about 1200 pixels; small ones are drawn many
    times faster. Lower ``filters.min_short_side`` and ``min_box_side`` with it."""


class Filters(Section):
    """Thresholds of the filters (unpublished; our choice). Every drop has a counted reason."""

    min_short_side: Positive = 256
    """Short side of the source image in pixels."""
    min_box_side: Positive = 64
    """Longer side of the entity's alpha box in pixels."""
    min_area: Share = 0.002
    """Alpha mass of the entity as a share of the source image."""
    max_opaque_share: Share = 0.98
    """More alpha 255 than this is a photograph without a matte."""
    allow_binary_alpha: bool = True
    """Keep an alpha of 0 and 255 only (drawn shapes, hard-edged objects)."""
    cut_border_share: Share = 0.02
    """A side is cut when this share of its border line has alpha >= 0.5 (dataset.md section 7)."""
    trimmed_border_share: Share = 0.5
    """The same for a cut-out trimmed to its alpha, whose borders touch it all around (our choice)."""
    drop_cut_on_opposite_sides: bool = True


class Splitting(Section):
    """Who goes to test (dataset.md section 6.1)."""

    test_image_share: Share = 0.1
    """Paper: 2,500 of 47,500 = 1/19."""
    test_entity_share: Share = 0.1
    """For sources without their own split."""
    aim500_test_share: Share = 0.525
    """Paper: 105 of 200 (supp. Table 1)."""
    min_category_total: Positive = 2
    """A category with fewer entities in all is long-tailed and moves to train. ``paper``: 3, because AIM-500
    moves 95 entities of at least 48 of its 93 categories, two each (supp. Table 1, derived)."""
    strict_test_categories: bool = False
    """Every test category occurs in train (Table 1); otherwise reported as ``unseen_test_categories``."""


class Groups(Section):
    """Duplication and groups (Section 3.1, supp. 2.2)."""

    humans: Count = 5
    animals: Count = 1
    objects: Count = 1
    train_composites: Positive = 20
    test_composites: Positive = 10
    train_extra_share: Share = 2800 / 45000
    """2,800 of 45,000 train images are random extras."""
    test_extra_share: Share = 390 / 2500
    spread: bool = True
    """Fewer images than the groups can fill: fewer composites of more groups, so that more entities appear."""


class Sampling(Section):
    """How a slot is filled."""

    mode: Literal["auto", "groups", "entities"] = "auto"
    """groups: 5+1+1 groups (needs all three kinds); entities: draw from all; auto: groups where possible."""
    balance: Literal["auto", "kind", "category"] = "auto"
    """For ``entities``: least-used kind first, or least-used category first; auto: category where there are no
    humans, kind elsewhere."""
    three_share: Share = 0.5
    """Share of images with three entities, over all relations (Table 1: 50.0 %)."""
    distinct_share_two: Share = 0.605
    """Groups: share of pairs with different categories (dataset.md section 9)."""
    distinct_share_three: Share = 0.79
    same_category_share: Share | None = None
    """For ``entities``: share of images with at least two of one category. None: 0.4 where categories are
    balanced (hard pairs on purpose), elsewhere left to chance."""
    unique: bool = True
    """Draw only sets in which every entity has a true and unique text of every kind (DESIGN 5.2)."""
    exact: bool = False
    """Deal the distinct shares of the extras too, instead of leaving them to chance (``paper``)."""


class Relations(Section):
    """The relation mix, dealt exactly (supp. 2.2: 7:2:1)."""

    left_right: Count = 7
    top_bottom: Count = 2
    front_behind: Count = 1


class Layout(Section):
    """Where entities may stand (dataset.md section 7)."""

    attempts: Positive = 40
    """Placements tried before the row is rejected and redrawn."""
    redraws: Positive = 200
    """Redraws of one row before the build gives up with exit 3."""
    min_side_share: Share = 0.22
    """Longer side of an entity's box, as a share of the canvas' short side, at least."""
    max_height_share: Share = 0.92
    """Height of an entity's box, as a share of the canvas height, at most."""
    size_exponent: Share = 0.3
    """Power of real sizes (lexicon) in drawn sizes: 0 ignores them (the original), 1 is true scale."""
    centre_margin: Share = 0.08
    """Centres differ by this share of the canvas side (the evaluator asks for 0.05)."""
    min_visible_share: Share = 0.5
    """The rear entity keeps this share of its alpha mass (our choice)."""
    min_overlap_share: Share = 0.08
    """The front entity hides at least this share of the rear one's mass."""
    allow_floating_cut: bool = False
    """``paper``: a cut side may hang in the air, flagged ``floating_cut``."""
    max_kind_share: Share = 0.6
    """No kind holds more of a position than this (DESIGN 5.4)."""
    short_side: Positive = 1080
    """Canvas short side = min(this, the background's own)."""


class Color(Section):
    """Dominant colours (Section 3.1: clustering, then a webcolors name; the rest is our choice)."""

    clusters: Positive = 5
    alpha_threshold: Share = 0.9
    fallback_alpha: Share = 0.5
    """Used when fewer than ``fallback_below`` of the pixels pass ``alpha_threshold``."""
    fallback_below: Share = 0.01
    max_pixels: Positive = 20_000
    distance: Literal["rgb", "lab"] = "lab"
    """How the nearest CSS3 name is found."""
    claim_share: Share = 0.40
    """A colour is an attribute only if its cluster covers this share (DESIGN 5.1) ..."""
    claim_lead: float = 1.3
    """... and leads the next one by this factor."""
    fit_share: Share = 0.15
    """A colour word fits another entity that has a cluster of this share ..."""
    fit_delta_e: float = 15.0
    """... within this CIEDE2000, or of the same basic term."""


class Labelling(Section):
    """What is taken of what models propose (only of models that were asked for with ``--models``).

    Below its score a value is not taken; it stays a candidate that a person sees. Scores are each model's own and
    no probabilities: tune them with ``refmatte label --evaluate``.
    """

    category_by: Literal["both", "detector", "clip"] = "both"
    """The paper asks the detector alone (Section 3.1); it knows COCO's 80 names, CLIP the whole vocabulary."""
    category_score: Share = 0.5
    """Of the detector: score times overlap; detectron2's demo shows 0.5 and more. Of CLIP: our choice."""
    detector_short_side: Positive = 800
    """The detector sees pictures at this short side, and 1333/800 of it at most (Mask R-CNN's own size)."""
    detector_floor: Share = 0.05
    """Detections below are not even candidates (the default of both backends)."""
    clip: str = "ViT-B-16-quickgelu"
    """Architecture as open_clip names it (our choice: the smallest with a patch of 16)."""
    backgrounds: bool = True
    """``--models category`` also looks into backgrounds of which nobody says what they show."""
    contains_score: Share = 0.5
    """A background contains what the detector finds in it with this score (as ``category_score``)."""
    ask_all: bool = False
    """Ask also where the dataset or a correction says it, to see how far a model agrees; their word still wins."""
    gender_score: Share = 0.9
    """Unpublished; our choice: a wrong gender is worse than none."""
    age_group_score: Share = 0.5
    """Unpublished; our choice: eight classes, so half is far above chance."""
    clothes_type_score: Share = 0.5
    """Unpublished; our choice."""
    clothes_color_score: Share = 0.4
    """As ``color.claim_share``: a share of the garment's pixels."""
    face_score: Share = 0.7
    """Faces below are not seen. Of YuNet; OpenCV's own default is 0.9, opencv_zoo's class takes 0.6."""
    face_sharpness: Annotated[float, Field(ge=0.0)] = 0.09
    """A face below is not judged: between recognisable ones (0.12 and more) and those that P3M-10k blurred (up to
    0.07), see ``labellers/people/faces.py``."""
    face_side: Positive = 32
    """A face with a shorter side in pixels is not judged (our choice)."""

    def least_score(self, attribute: str) -> float:
        """From which score on a proposal for ``attribute`` is taken."""
        return {
            "category": self.category_score,
            "gender": self.gender_score,
            "age_group": self.age_group_score,
            "clothes_type": self.clothes_type_score,
            "clothes_color": self.clothes_color_score,
        }[attribute]


class Words(Section):
    """What expressions may say."""

    profile: Literal["modern", "paper"] = "modern"
    """Which synonym, colour, opacity and position words are used (lexicon/*.toml)."""
    max_attributes: Positive = 2


class Foreground(Section):
    """Colours under the alpha (supp. 2.1: closed form; multilevel is our default)."""

    method: Literal["multilevel", "closed_form"] = "multilevel"
    big_iterations: Positive = 10
    """Multilevel iterations on large levels: 10 is near closed form (performance.md section 2)."""
    closed_form_for_transparent: bool = True


class Encoding(Section):
    """How files are written."""

    jpeg_quality: Annotated[int, Field(ge=70, le=100)] = 95
    images_per_shard: Positive = 500


class Preset(Section):
    """A whole preset."""

    name: str = "modern"
    images: Positive | None = None
    """Images in all when ``--images`` is not given; None: groups x composites (Table 1: 47,500 in paper)."""
    sources: SourceOptions = SourceOptions()
    filters: Filters = Filters()
    split: Splitting = Splitting()
    groups: Groups = Groups()
    sampling: Sampling = Sampling()
    relations: Relations = Relations()
    layout: Layout = Layout()
    color: Color = Color()
    labels: Labelling = Labelling()
    words: Words = Words()
    foreground: Foreground = Foreground()
    encoding: Encoding = Encoding()
