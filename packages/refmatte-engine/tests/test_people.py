"""Models of people through the labeller protocol: gender, age, clothes; small networks in the real form."""

import numpy as np
import pytest
from faces_of_sample import sample_face
from onnx_files import mean_color_classifier, red_face_detector, weights_of

from refmatte_engine.attributes.labels import Labels, Origin
from refmatte_engine.attributes.values import state
from refmatte_engine.config import Color, Labelling
from refmatte_engine.errors import BadInputError
from refmatte_engine.labellers.base import Labeller, Look
from refmatte_engine.labellers.people.clothes import Clothes
from refmatte_engine.labellers.people.faces import Face, FaceFinder
from refmatte_engine.labellers.people.gender_age import AGE_CLASSES, age_groups, face_crop, open_age, open_gender
from refmatte_engine.labellers.people.mmfashion import fashion_categories
from refmatte_engine.labellers.people.people import People
from refmatte_engine.manifest.vocabulary import EntityKind
from refmatte_engine.sources.sample import SampleSource

MEAN = np.array([104.0, 117.0, 123.0])


class ColorWords:
    """A stand-in for CLIP: a picture is its mean colour, a text the colour that its test gives its garment."""

    side = 32
    scale = 100.0
    fingerprint = "colours"

    def __init__(self, colors):
        self.colors = colors

    def embed_images(self, images):
        return _unit(np.array([image.reshape(-1, 3).mean(axis=0) - 118.0 for image in images]))

    def embed_texts(self, texts):
        return _unit([self._color(text) for text in texts])

    def _color(self, text):
        return next((rgb for word, rgb in self.colors.items() if word in text), (1, 1, 1))


def _unit(points):
    points = np.asarray(points, np.float32)
    return points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-9)


def person(body=(20, 40, 200), *, name="people/one", face="sharp", kind=EntityKind.HUMAN, rows=320):
    """A red speckled face at column 4, row 1 of a grid of 32 pixels, and a body below it."""
    image = np.full((rows, 320, 3), 128, np.uint8)
    alpha = np.zeros((rows, 320), np.uint8)
    alpha[16:80, 112:176] = 255
    alpha[80:rows, 60:228] = 255
    alpha[0, 0] = alpha[-1, -1] = 255  # the whole picture is shown to the detector
    image[80:rows, 60:228] = body
    speckles = np.random.default_rng(1).integers(0, 2, (32, 32)) * 127 + 128 if face == "sharp" else 190
    if face != "none":
        image[32:64, 128:160] = 0
        image[32:64, 128:160, 0] = speckles
    return Look(name, image, alpha, kind, "human" if kind is EntityKind.HUMAN else "dog")


@pytest.fixture(scope="module")
def nets(tmp_path_factory):
    pytest.importorskip("onnx")
    folder = tmp_path_factory.mktemp("nets")
    # Blue of the input speaks for male, red for female; both less the mean that belongs to them.
    gender = np.array([[0.02, 0.0, 0.0], [0.0, 0.0, 0.02]])
    ages = np.random.default_rng(2).normal(0, 0.02, (8, 3))
    return {
        "yunet": red_face_detector(folder / "yunet.onnx"),
        "gender": mean_color_classifier(folder / "gender.onnx", "gender-googlenet", gender),
        "age": mean_color_classifier(folder / "age.onnx", "age-googlenet", ages),
        "age_logits": mean_color_classifier(folder / "logits.onnx", "age-googlenet", ages, softmax=False),
        "gender_weight": gender,
        "age_weight": ages,
    }


@pytest.fixture(scope="module")
def people(nets):
    clothes = Clothes(ColorWords({"jeans": (-80, -60, 90), "a dress": (100, -60, -60)}), Color())
    finder = FaceFinder(nets["yunet"], Labelling())
    return People(finder, (open_gender(nets["gender"]), open_age(nets["age"]), clothes))


def expected(look, finder, weight):
    """What the network's own arithmetic gives for the crop, in blue, green, red."""
    crop = face_crop(look.image, finder.find(look)).astype(np.float64)
    logits = weight @ (crop.reshape(-1, 3).mean(axis=0)[::-1] - MEAN)
    return np.exp(logits) / np.exp(logits).sum()


def test_people_are_labelled_through_the_protocol(people, nets):
    labeller: Labeller = people
    assert labeller.attributes == ("gender", "age_group", "clothes_type", "clothes_color")
    dog = person(kind=EntityKind.ANIMAL, name="zoo/dog")
    said = labeller.propose([person(), dog, person(face="blurred"), person(face="none")])
    assert [len(each) for each in said] == [4, 4, 4, 4]
    for proposals in said:
        assert tuple(each.attribute for each in proposals) == labeller.attributes
    assert said[0][0].value == "female"
    assert all(each.value is None and each.reason == "not a person" for each in said[1])
    for each in said[2][:2]:
        assert each.value is None
        assert each.score is None
        assert each.reason.startswith("the face is blurred")
    assert {each.reason for each in said[3][:2]} == {"no face inside the alpha"}
    assert [each[3].candidates[0].value for each in (said[0], *said[2:])] == ["blue"] * 3


def test_what_is_proposed_can_be_written_into_labels(people):
    (proposals,) = people.propose([person()])
    labels = Labels(kind=EntityKind.HUMAN, category="human")
    for each in proposals:
        labels = state(labels, each.attribute, each.value, Origin.MODEL)
    assert labels.gender == "female"
    assert labels.colors[0].basic == "blue"
    assert labels.clothes_type is not None


def test_gender_is_asked_in_blue_green_red_less_their_means(people, nets):
    look = person()
    male, female = expected(look, people.finder, nets["gender_weight"])
    proposal = people.propose([look])[0][0]
    assert proposal.score == pytest.approx(female, abs=0.01)
    assert {each.value: each.score for each in proposal.candidates} == pytest.approx(
        {"female": female, "male": male}, abs=0.01
    )


@pytest.mark.parametrize("net", ["age", "age_logits"])
def test_ages_add_up_to_groups_from_probabilities_or_logits(people, nets, net):
    look = person()
    by_age = dict(zip(AGE_CLASSES, expected(look, people.finder, nets["age_weight"]), strict=True))
    proposal = open_age(nets[net]).judge([look], [people.finder.find(look)])[0][0]
    groups = age_groups(by_age)
    assert {each.value: each.score for each in proposal.candidates} == pytest.approx(groups, abs=0.01)
    assert proposal.value == max(groups, key=groups.__getitem__)


def test_age_groups_follow_the_rule_of_the_paper():
    one_hot = {name: age_groups({each: float(each == name) for each in AGE_CLASSES}) for name in AGE_CLASSES}
    assert [max(groups, key=groups.__getitem__) for groups in one_hot.values()] == [
        "baby", "little_child", "child", "youth", "adult", "adult", "adult", "senior",
    ]  # fmt: skip
    torn = age_groups(dict(zip(AGE_CLASSES, (0.0, 0.0, 0.0, 0.34, 0.22, 0.22, 0.22, 0.0), strict=True)))
    assert max(torn, key=torn.__getitem__) == "adult"


def test_a_face_at_the_border_is_cropped_square():
    image = np.arange(100 * 100 * 3, dtype=np.uint32).reshape(100, 100, 3).astype(np.uint8)
    crop = face_crop(image, Face(-10.0, 5.0, 30.0, 40.0, np.zeros((5, 2), np.float32), 1.0))
    assert crop.shape == (40, 40, 3)
    assert (crop[:, 0] == crop[:, 14]).all()
    assert (crop[:, 20] == image[5:45, 5]).all()


def test_the_same_people_give_the_same_alone_and_together(people):
    looks = [person(), person((200, 30, 30)), person(face="none")]
    together = people.propose(looks)
    assert together == [people.propose([look])[0] for look in looks]


def test_the_fingerprint_names_every_network(people, nets):
    for name in ("yunet", "gender", "age"):
        assert nets[name].sha256 in people.fingerprint
    assert "colours" in people.fingerprint


def test_nobody_is_asked_when_there_is_nobody(people):
    assert people.propose([]) == []


@pytest.mark.parametrize("data", [b"", b"no network", bytes(500)])
def test_a_file_that_is_no_network_is_refused(tmp_path, data):
    path = tmp_path / "net.onnx"
    path.write_bytes(data)
    with pytest.raises(BadInputError, match="cannot be used as gender-googlenet"):
        open_gender(weights_of("gender-googlenet", path))


def test_a_network_with_other_classes_is_refused(nets):
    with pytest.raises(BadInputError, match="8 numbers instead of 2"):
        open_gender(nets["age"])
    with pytest.raises(BadInputError, match="cannot be used as yunet"):
        open_age(nets["yunet"])


# --- clothes -----------------------------------------------------------------------------------------------


def clothes_of(look, face=None, colors=None):
    words = colors or {"jeans": (-80, -60, 90), "a dress": (100, -60, -60)}
    return Clothes(ColorWords(words), Color()).judge([look], [face])[0]


def test_the_type_is_what_fits_best_and_categories_of_one_garment_add_up():
    kind, _ = clothes_of(person((220, 20, 20)))
    assert kind.value == "dress"
    assert kind.score == kind.candidates[0].score > 0.9
    assert len(kind.candidates) == 5
    kind, _ = clothes_of(person((20, 40, 200)), colors={"parka": (-80, -60, 90), "peacoat": (-80, -60, 90)})
    assert kind.value == "coat"
    assert kind.score == pytest.approx(1.0, abs=0.01)


def test_legs_are_named_only_when_they_are_seen():
    face = Face(128.0, 32.0, 32.0, 32.0, np.zeros((5, 2), np.float32), 1.0)
    standing, bust = person((20, 40, 200)), person((20, 40, 200), rows=160)
    assert clothes_of(standing, face)[0].value == "jeans"
    lower = {each.garment for each in fashion_categories() if each.covers == "lower"}
    upper = {each.garment for each in fashion_categories() if each.covers != "lower"}
    named = {each.value for each in clothes_of(bust, face)[0].candidates}
    assert not named & (lower - upper)


@pytest.mark.parametrize("with_face", [True, False])
@pytest.mark.parametrize("name", ["astronaut", "grace_hopper", "photographer"])
def test_the_clothes_of_real_people_have_the_colour_that_a_person_sees(name, with_face):
    candidates = {each.stem: each for each in SampleSource().candidates()}
    cutout = SampleSource().read(candidates[name].files, max_pixels=10**7)
    look = Look(f"sample/{name}", cutout.image, cutout.alpha, EntityKind.HUMAN, "human")
    _, color = clothes_of(look, sample_face(name) if with_face else None)
    stated = {label.name: label.value for label in candidates[name].labels}
    assert color.candidates[0].value == stated["clothes_color"]
    assert color.score > 0.4


def test_the_colour_is_that_of_the_clothes_not_of_the_skin():
    look = person((20, 40, 200))
    skin = (200, 140, 110)
    look.image[16:80, 112:176] = skin
    look.image[80:200, 60:110] = skin  # an arm
    face = Face(128.0, 32.0, 32.0, 32.0, np.zeros((5, 2), np.float32), 1.0)
    for found in (face, None):
        _, color = clothes_of(look, found)
        assert color.value.startswith("blue")
        assert color.score > 0.95


def test_shades_of_one_colour_count_together():
    look = person((20, 40, 200))
    look.image[180:, 60:228] = (90, 120, 230)
    _, color = clothes_of(look)
    assert color.candidates[0].value == "blue"
    assert color.score == pytest.approx(1.0, abs=0.01)


def test_the_score_of_a_colour_is_of_the_one_that_is_said_first():
    look = person((120, 10, 20))  # of the rows from 240 on 40 % are red, and 30 % are of either blue
    look.image[272:296, 60:228], look.image[296:, 60:228] = (20, 40, 200), (90, 120, 230)
    _, color = clothes_of(look)
    first, share = color.value.split(";")[0].rsplit(" ", 1)
    assert color.score == next(one.score for one in color.candidates if one.value == first.split()[-1])
    assert color.candidates[0].value == "blue" != first.split()[-1]
    assert color.score == pytest.approx(float(share.rstrip("%")) / 100, abs=0.01)


def test_a_head_alone_shows_no_clothes():
    image = np.full((200, 200, 3), (200, 140, 110), np.uint8)
    face = Face(20.0, 20.0, 160.0, 160.0, np.zeros((5, 2), np.float32), 1.0)
    look = Look("people/head", image, np.full((200, 200), 255, np.uint8), EntityKind.HUMAN, "human")
    kind, color = clothes_of(look, face)
    assert kind.value is color.value is None
    assert kind.reason == color.reason == "no clothes in the picture"


def test_bare_skin_gives_no_colour_but_a_type_may_be_named():
    look = person((200, 140, 110))
    kind, color = clothes_of(look)
    assert color.value is None
    assert color.reason == "clothes and skin cannot be told apart"
    assert kind.value is not None


def test_a_black_and_white_face_takes_no_gray_clothes_for_skin():
    look = person((90, 90, 90))
    look.image[16:80, 112:176] = 120
    face = Face(128.0, 32.0, 32.0, 32.0, np.zeros((5, 2), np.float32), 1.0)
    assert clothes_of(look, face)[1].value.split()[-2] == "gray"


def test_an_empty_alpha_shows_nothing():
    look = Look("people/no", np.zeros((64, 64, 3), np.uint8), np.zeros((64, 64), np.uint8), EntityKind.HUMAN, None)
    assert all(each.value is None for each in clothes_of(look))


def test_every_category_has_an_everyday_word_of_the_lexicon():
    from refmatte_engine.lexicon import load_lexicon

    categories = fashion_categories()
    assert len(categories) == 50
    assert [sum(each.covers == part for each in categories) for part in ("upper", "lower", "both")] == [20, 16, 14]
    garments = load_lexicon().garments
    for each in categories:
        assert garments[each.garment].modern, each.name
