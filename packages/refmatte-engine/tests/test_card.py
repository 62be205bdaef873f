import pytest
from hypothesis import given
from hypothesis import strategies as st

from refmatte_engine.errors import BadInputError, UsageError
from refmatte_engine.sources.card import (
    USER_LICENSE,
    LicenseLevel,
    card_names,
    is_unspecified,
    join_levels,
    join_licenses,
    license_level,
    source_card,
)

LEVELS = st.lists(st.sampled_from(list(LicenseLevel)))


def test_there_is_a_card_for_every_dataset():
    assert card_names() == ("aim500", "am2k", "bg20k", "dim", "hatt", "p3m10k", "sim")


@pytest.mark.parametrize("name", card_names())
def test_a_card_is_whole_and_agrees_with_the_licence_table(name):
    card = source_card(name)
    assert card.name == name
    assert card.holds in {"cut-outs", "backgrounds"}
    assert card.folders
    assert card.origin.startswith("https://")
    assert card.agreement
    assert card.layout
    assert card.license_level == license_level(card.license)
    assert card.redistribution == (card.license_level == "permissive")
    assert all(count > 0 for count in card.expected_counts.values())


def test_an_unknown_dataset_is_a_usage_error():
    with pytest.raises(UsageError, match="am2k"):
        source_card("am3k")


@pytest.mark.parametrize(
    ("license", "level"),
    [
        ("CC0-1.0", "public-domain"),
        ("MIT", "permissive"),
        (USER_LICENSE, "permissive"),
        ("CC-BY-2.0", "attribution"),
        ("CC-BY-3.0-DE", "attribution"),
        ("CC-BY-SA-4.0", "share-alike"),
        ("CC-BY-NC-4.0", "non-commercial"),
        ("CC-BY-NC-SA-4.0", "non-commercial"),
        ("CC-BY-ND-4.0", "no-redistribution"),
        ("LicenseRef-Adobe-Deep-Image-Matting", "no-redistribution"),
        ("LicenseRef-Distinctions-646", "non-commercial"),
        ("LicenseRef-of-somebody", "no-redistribution"),
        ("MIT AND CC-BY-NC-4.0", "non-commercial"),
    ],
)
def test_levels_of_licences(license, level):
    assert license_level(license) == level


@pytest.mark.parametrize(("license", "hint"), [("CC-BY 4.0", "CC-BY-4.0"), ("mit", "SPDX"), ("", "SPDX")])
def test_an_unknown_licence_is_an_error_with_a_way_out(license, hint):
    with pytest.raises(BadInputError, match=hint):
        license_level(license)


def test_nobody_wrote_the_terms_of_some_down():
    assert is_unspecified("LicenseRef-AIM-500-unspecified AND MIT")
    assert not is_unspecified("MIT")


@given(LEVELS, LEVELS)
def test_the_join_is_a_least_upper_bound(some, more):
    joined = join_levels(some + more)
    assert joined == join_levels([join_levels(some), join_levels(more)])
    assert all(level.rank <= joined.rank for level in some + more)
    assert joined in {*some, *more} or not some + more
    assert join_levels([]) is LicenseLevel.PUBLIC_DOMAIN


def test_licences_join_to_one_expression():
    assert join_licenses(["MIT", "CC-BY-4.0", "MIT AND CC0-1.0"]) == "CC-BY-4.0 AND CC0-1.0 AND MIT"
    assert join_licenses([]) == ""
