"""Label maps as an application makes them, and where two of them differ."""

from __future__ import annotations

import numpy as np

from export import views
from export.formats.base import Tensor
from export.forms import Form
from export.pictures import Picture
from export.views import View
from fastscnn.graph import labels
from tests.graphs import info_of, picture

SIZE = (64, 96)
INFO = info_of(5, align_corners=False)
FLOAT = Tensor("logits", (1, 8, 12, 5), "float32", "NHWC")


def test_full_size_logits_become_the_class_of_the_greatest() -> None:
    logits = picture(SIZE, 5)
    found = views.of_output(logits, Form(SIZE), INFO, FLOAT)
    np.testing.assert_array_equal(found, logits.argmax(axis=2))
    assert found.dtype == np.uint8


def test_logits_at_an_eighth_become_full_size_labels() -> None:
    logits = picture((8, 12), 5)
    wanted = labels.from_logits(logits, SIZE, INFO.align_corners)
    form = Form(SIZE, stride=8)
    np.testing.assert_array_equal(views.of_output(logits, form, INFO, FLOAT), wanted)
    np.testing.assert_array_equal(views.of_logits(logits, form, INFO), wanted)


def test_integers_at_an_eighth_mean_what_their_tensor_says() -> None:
    steps = np.random.default_rng(0).integers(0, 256, (8, 12, 5)).astype(np.uint8)
    tensor = Tensor("logits", (1, 8, 12, 5), "uint8", "NHWC", 0.037, 131)
    meant = (steps.astype(np.float32) - 131) * np.float32(0.037)
    np.testing.assert_array_equal(
        views.of_output(steps, Form(SIZE, "int8", stride=8), INFO, tensor),
        labels.from_logits(meant, SIZE, INFO.align_corners),
    )


def test_a_file_of_labels_speaks_for_itself() -> None:
    given = np.arange(96).reshape(8, 12, 1).astype(np.int32) % 5
    form = Form(SIZE, output="labels", stride=8)
    tensor = Tensor("labels", (1, 8, 12), "int32", "NHW")
    np.testing.assert_array_equal(views.of_output(given, form, INFO, tensor), given[..., 0])
    logits = picture((8, 12), 5)
    np.testing.assert_array_equal(views.of_logits(logits, form, INFO), logits.argmax(axis=2))


def test_labels_beyond_a_byte_keep_their_value() -> None:
    assert views.compact(np.array([[0, 300]])).tolist() == [[0, 300]]


def test_where_a_file_differs() -> None:
    wanted = np.zeros((2, 3), np.uint8)
    found = np.array([[0, 1, 0], [0, 0, 2]], np.uint8)
    view = View(Picture("a.jpg", np.zeros((2, 3, 3), np.uint8)), wanted, {"onnx": found})
    assert np.argwhere(view.differing("onnx")).tolist() == [[0, 1], [1, 2]]
