"""Make the mattes of the sample source from photographs that ship inside installed wheels.

    uv run python packages/refmatte-engine/authoring/make_sample_mattes.py [NAME ...]

For each photograph: outlines read off by eye -> GrabCut within a ring around them -> a trimap with a band of
unknown pixels -> closed-form alpha (Levin et al.) -> closed-form foreground colours. What is written beside
``sample.py`` is the alpha and the foreground's colours where the photograph's own are not right (alpha below
255); the photographs themselves are read from their wheels. Look at the results before you commit.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from refmatte_engine.foreground.closed_form import estimate_foreground_band
from refmatte_engine.sources import sample
from refmatte_engine.sources.outlines import coverage

Points = tuple[tuple[float, float], ...]
Mask = NDArray[np.bool_]

RIM = 3
"""Colours are kept this many pixels beyond the alpha, for whoever resizes them."""


@dataclass(frozen=True)
class Recipe:
    """How one matte is made. Lengths in pixels of the whole photograph.

    Attributes:
        outlines: polygons around the thing.
        holes: polygons inside that show the background.
        ring: GrabCut decides within this distance of an outline; 0 trusts the outlines.
        band: (inwards, outwards) reach of the unknown band around the edge found; (0, 0) takes the outlines' own
            coverage of pixels as the alpha.
        soft: polygons in which everything within ``soft_band`` of the edge is unknown (hair, fur).
        trusted: polygons in which the outlines are exact to a pixel (dark cloth on a dark ground).
        exact: polygons in which the outlines' own coverage of pixels is the alpha (metal on noisy grass).
        smooth: the edge found is smoothed over this many pixels (an odd number); 0 leaves it.
    """

    outlines: tuple[Points, ...]
    holes: tuple[Points, ...] = ()
    ring: int = 8
    band: tuple[int, int] = (2, 2)
    soft: tuple[Points, ...] = ()
    soft_band: tuple[int, int] = (9, 9)
    trusted: tuple[Points, ...] = ()
    exact: tuple[Points, ...] = ()
    smooth: int = 0


def ellipse(centre: tuple[float, float], axes: tuple[float, float], degrees: float = 0.0) -> Points:
    t = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    turn = np.radians(degrees)
    x, y = axes[0] * np.cos(t), axes[1] * np.sin(t)
    return tuple(
        zip(
            (centre[0] + x * np.cos(turn) - y * np.sin(turn)).tolist(),
            (centre[1] + x * np.sin(turn) + y * np.cos(turn)).tolist(),
            strict=True,
        )
    )


# fmt: off
RECIPES: dict[str, Recipe] = {
    "astronaut": Recipe(
        outlines=((
            (24, 460), (20, 425), (20, 400), (24, 370), (28, 330), (35, 305), (42, 290), (50, 270), (62, 250),
            (80, 232), (98, 222), (112, 212), (112, 188), (120, 186), (130, 165), (145, 155), (160, 149),
            (185, 149), (184, 146), (180, 131), (172, 122), (160, 108), (155, 95), (153, 75), (156, 62), (166, 50),
            (180, 40),
            (190, 28), (205, 20), (225, 15), (245, 16), (262, 22), (280, 36), (292, 52), (300, 75), (301, 92),
            (295, 110), (285, 122), (276, 132), (268, 136), (266, 150), (260, 160), (256, 173), (275, 188),
            (290, 208), (300, 226), (305, 238), (320, 240), (335, 254), (345, 270), (350, 285), (356, 300),
            (360, 320), (362, 340), (366, 348), (375, 345), (390, 343), (410, 344), (430, 351), (455, 365),
            (475, 385), (488, 410), (495, 440), (498, 460),
        ),),
        ring=7,
        soft=(((140, 5), (315, 5), (315, 140), (262, 142), (262, 110), (185, 110), (183, 134), (140, 134)),),
        soft_band=(8, 7),
    ),
    "grace_hopper": Recipe(
        outlines=((
            (28, 450), (29, 440), (31, 430), (34, 422), (37, 413), (40, 405), (43, 395), (47, 387), (52, 382),
            (57, 380), (61, 380), (66, 376), (72, 372), (80, 369), (90, 365), (100, 363), (112, 361), (122, 358),
            (130, 355), (140, 352), (150, 349), (160, 346), (168, 342), (177, 337), (184, 333), (190, 327),
            (194, 323), (198, 318), (203, 312), (203, 308), (202, 302), (201, 298), (195, 297), (188, 293),
            (180, 290), (173, 286), (166, 280), (163, 274), (161, 265), (158, 255), (158, 245), (160, 235),
            (160, 228), (157, 220), (154, 212), (153, 203), (154, 195), (156, 188), (153, 181), (151.5, 177),
            (151.5, 165), (152.5, 148), (154, 128), (156, 109), (158, 102), (161, 95), (166, 90), (173, 86),
            (174, 83), (174.5, 78), (177, 72), (181, 66), (187, 59), (194, 53), (203, 47), (212, 42), (218, 40),
            (219, 32), (225, 28), (232, 25.5), (254, 22), (279, 24), (300, 33), (305, 41), (325, 48),
            (340, 61), (352, 81), (355, 89), (363, 87), (368, 102), (372, 127), (372, 157), (371, 178), (376, 188),
            (375, 203), (368, 229), (363, 254), (358, 284), (350, 300), (338, 307), (332, 313), (350, 330),
            (386, 350), (427, 366), (467, 378), (490, 389), (500, 406), (508, 432), (511, 450),
        ),),
        ring=6,
        soft=(
            ((352, 160), (392, 160), (392, 240), (365, 320), (334, 316), (345, 285), (362, 230)),
        ),
        soft_band=(6, 7),
        trusted=(((0, 0), (232, 0), (232, 440), (0, 440)),),
    ),
    "coffee": Recipe(
        outlines=(
            ellipse((276.75, 221.4), (201.1, 168.2), 7.4),
            ellipse((291.2, 114.3), (118.0, 95.7), 6.8),
            ((396, 70), (401, 68), (408, 66.5), (415, 67), (420, 69), (423.5, 73), (424, 78), (420, 88), (416, 98),
             (413, 110), (411, 122), (400, 122)),
        ),
        ring=0,
        band=(0, 0),
    ),
    "dahlia": Recipe(
        outlines=(ellipse((308, 223), (137, 136)),),
        ring=14,
        band=(4, 4),
    ),
    "photographer": Recipe(
        outlines=(
            (  # the man and his camera
                (0, 257), (10, 245), (20, 228), (27, 221), (31, 213), (40, 197), (50, 182), (55, 171), (63, 158),
                (72, 147), (84, 139), (100, 131), (115, 126), (125, 124), (131, 124), (136, 118), (143, 111),
                (150, 106), (157, 105), (161, 106), (163, 100), (166, 92), (172, 82), (180, 73), (190, 67),
                (198, 64), (212, 64), (228, 69), (242, 78), (255, 90), (265, 103), (271, 112), (270, 122),
                (269, 129), (266, 133), (259, 130), (258, 137), (253, 141), (262, 140), (283, 140), (287, 142),
                (310, 140.5), (311, 139.5), (324, 139.5), (324.8, 147), (323.5, 155.5), (319, 156), (319, 169),
                (323, 168), (328, 170), (331, 177), (330, 185), (331.5, 190), (331, 198), (325, 200), (322, 213),
                (315, 225), (309, 227), (305, 228), (305, 231), (308, 235), (308.5, 241), (306, 246), (302, 248),
                (298.5, 245), (297.7, 246), (300, 252), (305, 273.5), (301, 275.5), (297.5, 280), (297.5, 313),
                (288.5, 313), (288.3, 287), (280, 291), (270, 299), (260, 305), (252, 310), (246, 312.5),
                (240, 312), (232, 309), (220, 302.5), (206.5, 294), (200, 303), (190, 317), (181, 329), (172, 344),
                (160, 358), (150, 370), (141, 381), (144, 397), (148, 420), (149.5, 440), (150.5, 470),
                (151.5, 490), (152, 520), (139, 520), (136, 505), (130, 488), (122, 473),
                (112, 460), (99.5, 446), (97, 462),
                (94, 482), (91, 505), (90, 520), (0, 520),
            ),
            (  # tripod: handle, head, column, right leg, left legs, three braces
                (308, 313.5), (310, 312), (324, 304), (325, 301), (337.5, 302), (337, 307.5), (328, 307),
                (325.5, 306.5), (313, 315), (309.5, 318),
            ),
            (
                (283, 312), (303, 312), (303, 316), (308, 316.5), (312, 322), (312.7, 330.5), (306.5, 331.5),
                (305, 337), (301, 340), (299.5, 346), (287, 346), (287, 330.5), (277.5, 330), (279.5, 316),
            ),
            (
                (287.8, 345), (298.5, 345), (299, 474), (302.5, 476), (302, 482), (299.5, 487), (291.5, 487),
                (287.5, 482), (287, 476), (287.8, 474),
            ),
            (
                (307, 331), (312.7, 330), (388, 473.5), (391, 473.5), (397.5, 486), (397.3, 489), (411, 520),
                (405.4, 520), (392.5, 491.5), (388, 490), (381, 480), (382, 475),
            ),
            (
                (280, 330), (287.5, 330), (286.5, 340), (284.5, 350), (274, 400), (265.5, 440), (263.3, 458),
                (263, 467), (258, 475), (256.5, 480), (251.5, 500), (248.5, 511), (246.5, 520), (241, 520),
                (243, 511), (245.5, 500), (246.5, 494), (241.5, 503), (240, 503), (239, 511), (236.5, 520),
                (229.5, 520), (231.5, 511), (233.5, 502.5), (230.3, 501.5), (230.5, 487), (234, 485), (239, 485),
                (240.5, 478), (250, 440), (260, 402), (270, 366),
            ),
            ((258, 470), (262, 465.5), (287.8, 477), (287.8, 483), (284, 482.5), (262, 472.5)),
            ((247, 489), (272, 485.5), (291, 483.5), (292, 487), (272, 489), (248, 493.5)),
            ((300, 481.5), (383, 479.5), (383, 482.5), (300, 485)),
        ),
        holes=(
            (
                (251.5, 146), (252, 151), (258.5, 152.5), (260, 154), (260, 176.5), (266, 177.5), (268.5, 181.5),
                (273.5, 184.5), (273.3, 199.3), (277.5, 200), (278, 203.3), (243, 207.3), (240, 204), (241, 196),
                (242.3, 187), (242.5, 181), (247, 176.8), (246.5, 172.5), (248, 171.2), (253, 170.8), (254.3, 166),
                (251.5, 155), (249.8, 149),
            ),
            (
                (243.5, 210.3), (269, 208.2), (264.5, 212.5), (261.8, 218), (262, 225), (263.5, 228.5),
                (248.5, 246.8), (245.5, 238), (242.3, 222), (244, 214),
            ),
        ),
        ring=4,
        band=(1, 1),
        soft=(((158, 55), (285, 55), (285, 134), (259, 137), (255, 128), (158, 100)),),
        soft_band=(5, 6),
        trusted=(((205, 131), (420, 131), (420, 512), (205, 512)),),
        exact=(((222, 297), (420, 297), (420, 520), (222, 520)),),
    ),
    "rocket": Recipe(
        outlines=((
            (322, 126), (319.5, 127.5), (316.5, 132), (313.5, 139), (311.5, 147), (311, 158), (311, 175),
            (314, 181), (314, 240), (314, 330),
            (313.5, 375), (313, 410), (330, 410), (330.5, 385), (330, 330), (330, 243), (329.5, 182), (333, 177),
            (334, 172), (334, 158), (333, 147), (330.5, 139), (327.5, 132), (324.5, 127.5),
        ),),
        ring=0,
        band=(0, 0),
    ),
    "pagoda": Recipe(
        outlines=((
            (195, 50), (194, 36), (198, 30), (212, 30), (215, 38), (212, 47), (218, 56), (218, 62), (228, 80),
            (245, 93), (262, 95), (270, 101), (285, 105), (300, 112), (318, 118), (321, 126), (312, 133),
            (302, 136), (296, 141), (296, 160), (308, 163), (322, 168), (331, 178), (328, 185), (320, 187),
            (321, 225),
            (328, 229), (328, 240), (338, 243), (353, 254), (345, 262), (340.7, 267), (341.2, 282), (341.5, 305),
            (350, 309), (352, 320), (346, 332), (346, 340), (73, 340), (73, 322), (80, 320), (80, 285), (70, 277),
            (61, 268), (65, 261), (76, 248), (93, 244), (92, 230), (98, 227), (98, 190), (90, 184), (83, 175),
            (86, 167), (100, 163), (112, 157), (118, 155), (118, 140), (108, 137), (95, 131), (93, 122), (97, 115),
            (96, 106), (110, 106), (118, 98), (130, 100), (150, 95), (170, 85), (188, 72), (196, 62), (192, 57),
        ),),
        ring=6,
        band=(1, 1),
        holes=(
            ((104.2, 197), (106, 195.5), (109.5, 197), (109.5, 219.5), (104, 219.5)),
            ((86, 288), (91, 285.5), (95, 287), (95, 296.5), (86, 298.5)),
            ((100.5, 287.5), (104.5, 289), (104.5, 295.5), (100, 296)),
            ((311, 195), (314, 192.5), (316.5, 195), (317, 203), (317.5, 215), (311, 215.5)),
            ((329, 275), (333, 271.5), (337, 271), (338, 285), (338.5, 296), (330, 293.5)),
            ((319.5, 280), (322, 276), (324, 276), (324.5, 289), (325, 292), (319.5, 291)),
        ),
        trusted=(
            ((102, 192), (113, 192), (113, 224), (102, 224)), ((84, 283), (108, 283), (108, 302), (84, 302)),
            ((309, 190), (318, 190), (318, 219), (309, 219)), ((318, 268), (344, 268), (344, 299), (318, 299)),
        ),
    ),
}
# fmt: on


def filled(polygons: tuple[Points, ...], shape: tuple[int, int], origin: tuple[int, int]) -> Mask:
    """Polygons of the whole photograph, filled in the region that starts at ``origin``."""
    canvas = np.zeros(shape, dtype=np.uint8)
    for polygon in polygons:
        corners = np.rint((np.array(polygon) - origin) * 16 - 8).astype(np.int32)
        cv2.fillPoly(canvas, [corners], 1, shift=4)
    return canvas > 0


def grown(mask: Mask, radius: int) -> Mask:
    if radius <= 0:
        return mask
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return cv2.dilate(mask.astype(np.uint8), disc) > 0


def shrunk(mask: Mask, radius: int) -> Mask:
    if radius <= 0:
        return mask
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    # Beyond the frame the thing goes on.
    return cv2.erode(mask.astype(np.uint8), disc, borderType=cv2.BORDER_REPLICATE) > 0


def largest(mask: Mask) -> Mask:
    """The largest connected part."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    return mask if count < 2 else labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))


def segment(photo: NDArray[np.uint8], recipe: Recipe, origin: tuple[int, int]) -> Mask:
    """The thing as a hard mask."""
    shape = photo.shape[:2]
    inside = filled(recipe.outlines, shape, origin) & ~filled(recipe.holes, shape, origin)
    if recipe.ring == 0:
        return inside
    trusted = filled(recipe.trusted, shape, origin)
    inner = np.where(trusted, shrunk(inside, 1), shrunk(inside, recipe.ring))
    outer = np.where(trusted, grown(inside, 1), grown(inside, recipe.ring))
    guess = np.where(inside, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    guess[inner], guess[~outer] = cv2.GC_FGD, cv2.GC_BGD
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(np.ascontiguousarray(photo[..., ::-1]), guess, (0, 0, 1, 1), *models, 6, cv2.GC_INIT_WITH_MASK)
    found = largest((guess == cv2.GC_FGD) | (guess == cv2.GC_PR_FGD))
    if recipe.smooth:
        side = recipe.smooth
        found = cv2.boxFilter(found.astype(np.float32), -1, (side, side), borderType=cv2.BORDER_REPLICATE) > 0.5
    return found


def exact(recipe: Recipe, shape: tuple[int, int], origin: tuple[int, int]) -> NDArray[np.float64]:
    """The outlines' own coverage of pixels, a little softened as a lens does."""
    parts = [coverage((np.array(polygon) - origin,), shape[1], shape[0]) for polygon in recipe.outlines]
    return np.asarray(cv2.GaussianBlur(np.max(parts, axis=0), (0, 0), 0.6), dtype=np.float64)


def trimapped(photo: NDArray[np.uint8], recipe: Recipe, origin: tuple[int, int]) -> NDArray[np.float64]:
    """The closed-form alpha of the band around the thing."""
    from pymatting import estimate_alpha_cf  # type: ignore[import-untyped]  # ships no types

    shape = photo.shape[:2]
    mask = segment(photo, recipe, origin)
    soft = filled(recipe.soft, shape, origin)
    is_foreground = np.where(soft, shrunk(mask, recipe.soft_band[0]), shrunk(mask, recipe.band[0]))
    is_background = ~np.where(soft, grown(mask, recipe.soft_band[1]), grown(mask, recipe.band[1]))
    trimap = np.full(shape, 0.5)
    trimap[is_foreground], trimap[is_background] = 1.0, 0.0
    alpha = estimate_alpha_cf(photo / 255.0, trimap)
    # Levels that only a solver sees.
    alpha = np.clip((alpha - 0.02) / 0.96, 0.0, 1.0)
    alpha = np.where(filled(recipe.exact, shape, origin), exact(recipe, shape, origin), alpha)
    return np.where(largest(alpha > 0.02), alpha, 0.0)


def make(name: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """(photo, alpha, foreground) of the photograph's region, uint8."""
    from pymatting import estimate_foreground_ml

    recipe, photo = RECIPES[name], sample.photograph(name)
    region = sample.PHOTOGRAPHS[name].region
    origin = (region.x, region.y) if region else (0, 0)
    if recipe.band == (0, 0):
        alpha = exact(recipe, photo.shape[:2], origin)
    else:
        alpha = trimapped(photo, recipe, origin)
    stored = np.rint(alpha * 255).astype(np.uint8)
    image, share = photo / 255.0, stored / 255.0
    guess_f, guess_b = estimate_foreground_ml(image, share, n_big_iterations=10, return_background=True)
    foreground = estimate_foreground_band(image, share, guess_f, guess_b)
    return photo, stored, np.rint(foreground * 255).astype(np.uint8)


def write(name: str) -> None:
    photo, alpha, foreground = make(name)
    needed = (alpha < 255) & grown(alpha > 0, RIM)
    colors = np.where(needed[..., None], foreground, 0).astype(np.uint8)
    folder = sample.DATA
    folder.mkdir(exist_ok=True)
    Image.fromarray(alpha).save(folder / f"{name}_alpha.png", optimize=True)
    Image.fromarray(colors).save(folder / f"{name}_foreground.png", optimize=True)
    sizes = [(folder / f"{name}_{part}.png").stat().st_size for part in ("alpha", "foreground")]
    print(f"{name}: {photo.shape[1]}x{photo.shape[0]}, alpha {sizes[0]:,} bytes, foreground {sizes[1]:,} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="photographs to make; all when none is named")
    for name in parser.parse_args().names or sorted(RECIPES):
        write(name)


if __name__ == "__main__":
    main()
