"""fastscnn-predict, as a user calls it: pictures and folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from export.eval_cli import main as evaluate
from export.forms import Form
from export.models import open_model
from export.predict import label_picture
from export.predict_cli import main
from fastscnn.data.metrics import Confusion
from tests.data import sets
from tests.export.commands import answered, refusal
from tests.export.models import SIZE, artifact, embedded

Capture = pytest.CaptureFixture[str]
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def tflite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return artifact(tmp_path_factory.mktemp("net"), "tflite", Form(SIZE, stride=8))


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    for number in range(3):
        sets.picture(tmp_path / "photographs" / f"{number}.jpg", number, (40, 56))
    return tmp_path / "photographs"


def predicted(capsys: Capture, *arguments: object) -> dict[str, Any]:
    return answered(main, capsys, *arguments)


def refused(capsys: Capture, *arguments: object) -> str:
    return refusal(main, capsys, *arguments)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_becomes_labels_and_overlays_of_its_own_size(
    tflite: Path, photographs: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "seen"
    document = predicted(capsys, tflite, photographs, "--out", out)
    assert names(out) == sorted(f"{n}.{kind}.png" for n in range(3) for kind in ("labels", "overlay"))
    model = open_model(tflite)
    for number, result in enumerate(document["results"]):
        with Image.open(photographs / f"{number}.jpg") as image:
            expected = model.labels(np.asarray(image))
        with Image.open(out / result["labels"]) as labels:
            assert labels.mode == "P"
            assert (np.asarray(labels) == expected).all()
            palette = np.array(labels.getpalette()[: 3 * 11]).reshape(11, 3)  # type: ignore[index]
            assert (palette == model.info.colors).all()
        with Image.open(out / result["overlay"]) as overlay:
            assert overlay.width == 56
            assert overlay.height > 40, "a legend is below"
        assert result["size"] == [40, 56]
        assert sum(result["shares"].values()) == pytest.approx(1, abs=1e-4)


def test_the_labels_are_those_that_evaluation_counts(tflite: Path, tmp_path: Path, capsys: Capture) -> None:
    data = sets.camvid(tmp_path / "camvid")
    assert evaluate([str(tflite), "--data", str(data), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    predicted(capsys, tflite, data / "val", "--out", tmp_path / "seen")
    confusion = Confusion(11)
    for mask in sorted((data / "valannot").iterdir()):
        truth = np.asarray(Image.open(mask))
        labels = np.asarray(Image.open(tmp_path / "seen" / f"{mask.stem}.labels.png"))
        confusion.add(np.where(truth == 11, 255, truth), labels)
    assert confusion.miou() == document["miou"]


def test_without_a_model_it_is_the_embedded_network(
    photographs: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    document = predicted(capsys, photographs / "1.jpg", "--size", "64x96")
    assert document["out"] == "predictions"
    assert document["model"]["sha256"] == embedded().sha256
    assert names(tmp_path / "predictions") == ["1.labels.png", "1.overlay.png"]


def test_a_picture_that_was_taken_sideways_is_turned(tflite: Path, tmp_path: Path, capsys: Capture) -> None:
    upright = np.random.default_rng(1).integers(0, 255, (40, 56, 3), np.uint8)
    Image.fromarray(upright).save(tmp_path / "upright.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.rot90(upright)).save(tmp_path / "sideways.png", exif=exif)
    out = tmp_path / "seen"
    predicted(capsys, tflite, tmp_path / "upright.png", tmp_path / "sideways.png", "--out", out)
    one, other = (np.asarray(Image.open(out / f"{n}.labels.png")) for n in ("upright", "sideways"))
    assert (one == other).all()


def test_the_same_again_is_no_conflict_but_other_content_is(
    tflite: Path, photographs: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "seen"
    predicted(capsys, tflite, photographs, "--out", out)
    predicted(capsys, tflite, photographs, "--out", out)
    (out / "1.labels.png").write_bytes(b"mine")
    assert "1.labels.png exists" in refused(capsys, tflite, photographs, "--out", out)
    assert (out / "1.labels.png").read_bytes() == b"mine"
    predicted(capsys, tflite, photographs, "--out", out, "--force")
    assert (out / "1.labels.png").read_bytes() != b"mine"


def test_equal_stems_keep_their_suffixes(tflite: Path, tmp_path: Path, capsys: Capture) -> None:
    for name in ("a.jpg", "a.png", "b.png"):
        sets.picture(tmp_path / "in" / name)
    predicted(capsys, tflite, tmp_path / "in", "--out", tmp_path / "seen")
    assert {n for n in names(tmp_path / "seen") if "labels" in n} == {
        "a.jpg.labels.png",
        "a.png.labels.png",
        "b.labels.png",
    }
    sets.picture(tmp_path / "other" / "a.png")
    answer = refused(capsys, tflite, tmp_path / "in", tmp_path / "other", "--out", tmp_path / "more")
    assert "Two inputs are called a.png" in answer


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_what_is_no_picture_is_named_before_anything_is_written(
    content: bytes, tflite: Path, photographs: Path, tmp_path: Path, capsys: Capture
) -> None:
    (photographs / "2.jpg").write_bytes(content)
    answer = refused(capsys, tflite, photographs, "--out", tmp_path / "seen")
    assert answer.startswith("data: ")
    assert "2.jpg" in answer
    assert not (tmp_path / "seen").exists()


def test_a_cut_picture_is_named_and_leaves_nothing_half_written(
    tflite: Path, photographs: Path, tmp_path: Path, capsys: Capture
) -> None:
    cut = photographs / "1.jpg"
    cut.write_bytes(cut.read_bytes()[:-400])
    out = tmp_path / "seen"
    assert "1.jpg" in refused(capsys, tflite, photographs, "--out", out)
    assert names(out) == ["0.labels.png", "0.overlay.png"], "what came before is whole"
    assert "1.jpg" in refused(capsys, tflite, cut, "--out", tmp_path / "alone")
    assert not (tmp_path / "alone").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "required"),
        (["NET"], "No picture"),
        (["missing.jpg"], "missing.jpg does not exist"),
        (["missing.pth", "PHOTOGRAPHS"], "missing.pth"),
        (["NET", "NET"], "is no picture, folder or video by its name"),
        (["NET", "EMPTY"], "holds no picture or video"),
        (["NET", "PHOTOGRAPHS", "--size", "32x32"], "64x96, not 32x32"),
        (["PHOTOGRAPHS", "--size", "0x5"], "--size '0x5'"),
        (["NET", "PHOTOGRAPHS", "--out", "NET"], "cannot be written"),
    ],
)
def test_wrong_words(
    arguments: list[str], complaint: str, tflite: Path, photographs: Path, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "empty").mkdir()
    meant = {"NET": tflite, "PHOTOGRAPHS": photographs, "EMPTY": tmp_path / "empty"}
    given = [meant.get(word, word) for word in arguments]
    if "--out" not in given:
        given += ["--out", tmp_path / "seen"] if given else []
    assert complaint in refused(capsys, *given)
    assert not (tmp_path / "seen").exists()


def test_every_class_keeps_its_number_in_a_label_picture() -> None:
    labels = np.arange(11, dtype=np.int32).reshape(1, 11)
    assert np.asarray(label_picture(labels, embedded().info)).tolist() == labels.tolist()
