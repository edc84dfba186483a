"""The folder shapes of data sets: where pictures and masks lie, split by split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fastscnn.data.masks import MaskCode, code_from_list, known_code
from fastscnn.errors import DataError

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".webp", ".tif", ".tiff")
SPLITS = ("train", "val", "test")
SHAPES = (
    "CamVid (train, trainannot, val, valannot, ...), Cityscapes (leftImg8bit, gtFine), "
    "or classes.txt beside images/ and masks/, each with or without train, val and test inside."
)
Pairs = list[tuple[Path, Path | None]]


@dataclass(frozen=True)
class Listing:
    """What a folder turned out to hold."""

    kind: str
    code: MaskCode
    pairs: dict[str, Pairs]


def listed(root: Path, kind: str | None = None) -> Listing:
    """The pictures and masks of a folder, by the shape that is named or found."""
    if kind is not None and kind not in KINDS:
        raise DataError(f"There is no kind of data set called {kind!r}.", f"Known: {', '.join(KINDS)}.")
    for name, (looks_like, read) in KINDS.items():
        if kind == name or (kind is None and looks_like(root)):
            return read(root)
    raise DataError(f"{root} has the shape of no data set that we know.", f"Expected {SHAPES}")


def kind_of(root: Path) -> str | None:
    """The kind of data set that a folder has the shape of, if any."""
    return next((name for name, (looks_like, _) in KINDS.items() if looks_like(root)), None)


def pictures_in(folder: Path) -> list[Path]:
    """The picture files right in a folder, sorted by name; empty where there is no such folder."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in PICTURES and p.is_file())


def pictures_below(folder: Path) -> list[Path]:
    """The picture files in a folder and in the folders inside it, sorted."""
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in PICTURES and p.is_file())


def _is_camvid(root: Path) -> bool:
    return any((root / f"{split}annot").is_dir() for split in SPLITS)


def _camvid(root: Path) -> Listing:
    code = code_from_list(root / "classes.txt") if (root / "classes.txt").is_file() else known_code("camvid")
    pairs = {split: _paired(root / split, root / f"{split}annot") for split in SPLITS}
    return Listing("camvid", code, pairs)


def _is_cityscapes(root: Path) -> bool:
    return (root / "leftImg8bit").is_dir() and (root / "gtFine").is_dir()


def _cityscapes(root: Path) -> Listing:
    pairs: dict[str, Pairs] = {}
    for split in SPLITS:
        found: Pairs = []
        for image in sorted((root / "leftImg8bit" / split).glob("*/*_leftImg8bit.png")):
            stem = image.name.removesuffix("_leftImg8bit.png")
            mask = root / "gtFine" / split / image.parent.name / f"{stem}_gtFine_labelIds.png"
            found.append((image, _existing(mask, image)))
        pairs[split] = found
    return Listing("cityscapes", known_code("cityscapes"), pairs)


def _is_folder(root: Path) -> bool:
    return (root / "classes.txt").is_file() and (root / "images").is_dir()


def _folder(root: Path) -> Listing:
    code = code_from_list(root / "classes.txt")
    images, masks = root / "images", root / "masks"
    if any((images / split).is_dir() for split in SPLITS):
        return Listing("folder", code, {s: _paired(images / s, masks / s) for s in SPLITS})
    return Listing("folder", code, _without_splits(_paired(images, masks)))


def _without_splits(pairs: Pairs) -> dict[str, Pairs]:
    """Every fifth picture becomes val; a handful of pictures serves as both."""
    if len(pairs) < 5:
        return {"train": pairs, "val": pairs}
    return {"train": [p for i, p in enumerate(pairs) if i % 5 != 4], "val": pairs[4::5]}


def _paired(images: Path, masks: Path) -> Pairs:
    """Each picture with the mask of the same stem."""
    by_stem = {path.stem: path for path in pictures_in(masks)}
    pairs: Pairs = []
    for image in pictures_in(images):
        pairs.append((image, _existing(by_stem.get(image.stem, masks / f"{image.stem}.png"), image)))
    return pairs


def _existing(mask: Path, image: Path) -> Path:
    if not mask.is_file():
        raise DataError(
            f"The picture {image} has no mask: {mask} does not exist.", "Add the mask, or remove the picture."
        )
    return mask


KINDS: dict[str, tuple[Callable[[Path], bool], Callable[[Path], Listing]]] = {
    "cityscapes": (_is_cityscapes, _cityscapes),
    "camvid": (_is_camvid, _camvid),
    "folder": (_is_folder, _folder),
}
