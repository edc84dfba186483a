"""Data sets are found, read and checked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fastscnn.data.datasets import IGNORED, Dataset, open_dataset
from fastscnn.errors import DataError
from tests.data import sets


def read_mask(dataset: Dataset, split: str = "train", number: int = 0) -> np.ndarray:
    found = dataset.read(dataset.samples(split)[number]).mask
    assert found is not None
    return found


def test_camvid_is_found_by_its_shape(tmp_path: Path) -> None:
    dataset = open_dataset(sets.camvid(tmp_path, train=3, val=2))
    assert dataset.kind == "camvid"
    assert {split: len(samples) for split, samples in dataset.splits.items()} == {"train": 3, "val": 2}
    assert dataset.classes[0] == "Sky"
    assert len(dataset.classes) == len(dataset.colors) == 11


def test_camvid_void_is_ignored(tmp_path: Path) -> None:
    values = read_mask(open_dataset(sets.camvid(tmp_path)))
    assert values[0, :13].tolist() == [*range(11), IGNORED, 0]


def test_cityscapes_label_ids_become_train_ids(tmp_path: Path) -> None:
    dataset = open_dataset(sets.cityscapes(tmp_path))
    assert dataset.kind == "cityscapes"
    assert len(dataset.classes) == 19
    row = read_mask(dataset, "val")[0, :34]
    by_name = {7: "road", 8: "sidewalk", 19: "traffic light", 24: "person", 26: "car", 33: "bicycle"}
    assert {value: dataset.classes[row[value]] for value in by_name} == by_name
    assert np.unique(row).tolist() == [*range(19), IGNORED]
    assert row[29] == row[0] == IGNORED


@pytest.mark.parametrize("colored", [False, True])
def test_a_plain_folder_of_indices_or_colours(tmp_path: Path, colored: bool) -> None:
    dataset = open_dataset(sets.folder(tmp_path, 2, colored=colored))
    assert dataset.kind == "folder"
    assert dataset.classes == ("sky", "road")
    assert read_mask(dataset)[0, :4].tolist() == [0, 1, IGNORED, 0]


def test_a_plain_folder_without_splits_is_parted_the_same_way_each_time(tmp_path: Path) -> None:
    dataset = open_dataset(sets.folder(tmp_path, 11))
    names = {split: [s.image.stem for s in dataset.samples(split)] for split in ("train", "val")}
    assert names["val"] == ["04", "09"]
    assert len(names["train"]) == 9


def test_a_handful_of_pictures_serves_as_both_splits(tmp_path: Path) -> None:
    dataset = open_dataset(sets.folder(tmp_path, 2))
    assert dataset.samples("train") == dataset.samples("val")


def test_a_plain_folder_with_splits_inside(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_text("a\nb\nc\n")
    for split, count in (("train", 2), ("val", 1)):
        for number in range(count):
            sets.picture(tmp_path / "images" / split / f"{number}.png")
            sets.mask(tmp_path / "masks" / split / f"{number}.png", sets.striped(3))
    assert {k: len(v) for k, v in open_dataset(tmp_path).splits.items()} == {"train": 2, "val": 1}


def test_colours_beside_the_class_names(tmp_path: Path) -> None:
    sets.folder(tmp_path, 1, classes="traffic light 10 20 30\nroad, 1, 2, 3\n")
    colors = np.array([[10, 20, 30], [1, 2, 3], [0, 0, 0]], np.uint8)
    Image.fromarray(colors[sets.striped(3)]).save(tmp_path / "masks" / "00.png")
    dataset = open_dataset(tmp_path)
    assert dataset.classes == ("traffic light", "road")
    assert dataset.colors == ((10, 20, 30), (1, 2, 3))
    assert read_mask(dataset)[0, :3].tolist() == [0, 1, IGNORED]


def test_a_palette_mask_is_read_by_its_indices(tmp_path: Path) -> None:
    sets.folder(tmp_path, 1)
    with Image.open(tmp_path / "masks" / "00.png") as image:
        painted = image.copy()
    painted.putpalette([7, 7, 7] * 256)
    assert painted.mode == "P"
    painted.save(tmp_path / "masks" / "00.png")
    assert read_mask(open_dataset(tmp_path))[0, :3].tolist() == [0, 1, IGNORED]


def test_a_named_kind_wins_over_the_shape(tmp_path: Path) -> None:
    sets.camvid(tmp_path)
    sets.folder(tmp_path, 3)
    assert open_dataset(tmp_path).kind == "camvid"
    assert open_dataset(tmp_path, "folder").kind == "folder"


def test_pictures_stream_in_order_whatever_the_workers(tmp_path: Path) -> None:
    dataset = open_dataset(sets.camvid(tmp_path, train=17))
    samples = dataset.samples("train")
    for workers in (1, 3):
        found = list(dataset.stream(samples, workers))
        assert [p.sample for p in found] == list(samples)
        assert all(np.array_equal(p.pixels, dataset.read(p.sample).pixels) for p in found)


def test_a_stream_decodes_only_a_few_pictures_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = open_dataset(sets.camvid(tmp_path, train=40))
    begun: list[Path] = []
    read = Dataset.read

    def counted(self: Dataset, sample):  # type: ignore[no-untyped-def]
        begun.append(sample.image)
        return read(self, sample)

    monkeypatch.setattr(Dataset, "read", counted)
    stream = dataset.stream(dataset.samples("train"), workers=2)
    for taken in range(1, 11):
        next(stream)
        assert len(begun) <= taken + 5


def read_all(root: Path, kind: str | None) -> None:
    dataset = open_dataset(root, kind)
    for split in dataset.splits:
        list(dataset.stream(dataset.samples(split)))


def refused(root: Path, *parts: str, kind: str | None = None) -> DataError:
    """Opening and reading everything fails, with all the parts in what the user sees."""
    with pytest.raises(DataError) as caught:
        read_all(root, kind)
    for part in parts:
        assert part in str(caught.value)
    assert caught.value.exit_code == 2
    assert caught.value.remedy
    return caught.value


def test_a_mask_of_another_size_is_named_with_both_sizes(tmp_path: Path) -> None:
    sets.camvid(tmp_path)
    sets.mask(tmp_path / "valannot" / "01.png", np.zeros((24, 33)))
    refused(tmp_path, "valannot", "01.png", "33x24", "32x24")


def test_an_unknown_value_is_named_with_its_mask(tmp_path: Path) -> None:
    sets.camvid(tmp_path)
    values = sets.striped(11).copy()
    values[3, 4] = 77
    sets.mask(tmp_path / "trainannot" / "02.png", values)
    refused(tmp_path, "02.png", "value 77", "11 classes")


def test_a_value_past_eight_bits_is_named_with_its_mask(tmp_path: Path) -> None:
    sets.folder(tmp_path, 1)
    Image.fromarray(np.full(sets.SIZE, 4000, np.uint16)).save(tmp_path / "masks" / "00.png")
    refused(tmp_path, "00.png", "value 4000")


def test_an_unknown_colour_is_named_with_its_mask(tmp_path: Path) -> None:
    sets.folder(tmp_path, 2, colored=True)
    sets.picture(tmp_path / "masks" / "01.png", 5)
    refused(tmp_path, "01.png", "colour (")


def test_a_picture_without_a_mask_is_named(tmp_path: Path) -> None:
    sets.camvid(tmp_path)
    (tmp_path / "trainannot" / "01.png").unlink()
    refused(tmp_path, str(Path("train") / "01.png"), "no mask")


def test_a_broken_picture_is_named(tmp_path: Path) -> None:
    sets.camvid(tmp_path)
    whole = (tmp_path / "train" / "00.png").read_bytes()
    (tmp_path / "train" / "00.png").write_bytes(whole[: len(whole) // 2])
    refused(tmp_path, str(Path("train") / "00.png"), "cannot be read")


def test_an_empty_split_is_named_with_those_that_are_not(tmp_path: Path) -> None:
    dataset = open_dataset(sets.camvid(tmp_path))
    with pytest.raises(DataError, match=r"'test'.*train, val"):
        dataset.samples("test")


@pytest.mark.parametrize("made", ["nothing", "file", "photographs", "no pictures"])
def test_a_folder_that_is_no_data_set(tmp_path: Path, made: str) -> None:
    root = tmp_path / "set"
    if made == "file":
        root.write_text("hello")
    elif made == "photographs":
        sets.picture(root / "a.png")
    elif made == "no pictures":
        (root / "trainannot").mkdir(parents=True)
    refused(root, str(root), "CamVid")


def test_an_unknown_kind_lists_the_known(tmp_path: Path) -> None:
    refused(sets.camvid(tmp_path), "cityscapes, camvid, folder", kind="coco")


@pytest.mark.parametrize("text", ["", "a\na\n", "a 1 2 3\nb 1 2 3\n", "a 1 2 300\n", "void\n"])
def test_a_useless_list_of_classes_is_named(tmp_path: Path, text: str) -> None:
    refused(sets.folder(tmp_path, 1, classes=text), "classes.txt")


@pytest.mark.skipif(not sets.CAMVID.is_dir(), reason="the shared CamVid folder is not here")
def test_the_real_camvid() -> None:
    dataset = open_dataset(sets.CAMVID)
    assert {split: len(samples) for split, samples in dataset.splits.items()} == {"train": 367, "val": 101}
    picture = dataset.read(dataset.samples("val")[0])
    assert picture.pixels.shape == (360, 480, 3)
    assert picture.mask is not None
    assert set(np.unique(picture.mask).tolist()) <= {*range(11), IGNORED}
