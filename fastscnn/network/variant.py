"""The switches in which the public Fast-SCNNs differ. Data only: no torch here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BiasedPart = Literal["downsample", "pyramid", "fusion", "classifier"]


@dataclass(frozen=True)
class Variant:
    """One graph among the Fast-SCNNs. The defaults are our own layout: the paper's network."""

    first_padding: Literal["0", "1", "same"] = "1"
    """Of the first convolution; "same" is TensorFlow's and Paddle's rule, which depends on the size."""
    depthwise_relu: bool = True
    """Whether a ReLU stands between a separable convolution's depthwise and pointwise halves."""
    relu6: bool = False
    """Whether the bottlenecks clip at 6."""
    pyramid_bins: tuple[int, ...] = (1, 2, 3, 6)
    pyramid_pool: Literal["average", "max"] = "average"
    pyramid_channels: int = 32
    """Of each branch."""
    pyramid_norm: bool = True
    """Whether the branches have batch norm and ReLU, and the convolution after them batch norm."""
    pyramid_order: Literal["input-first", "input-last"] = "input-first"
    """Where the pyramid's own input stands in the concatenation."""
    pyramid_reversed: bool = False
    """Whether the branches are concatenated last to first."""
    pyramid_kernel: Literal[1, 3] = 1
    """Of the convolution after the concatenation."""
    pyramid_align_corners: bool = False
    fusion_depthwise: bool = True
    """3x3 depthwise; otherwise a dense 1x1 stands there."""
    fusion_dilation: int = 1
    fusion_norm: bool = True
    """Whether the two 1x1 convolutions before the sum have batch norm."""
    fusion_relu: bool = True
    """Whether a ReLU follows the fusion."""
    fusion_align_corners: bool = False
    classifier_pointwise: bool = True
    """Whether the classifier's convolutions have pointwise halves."""
    output_align_corners: bool = False
    output_stride: Literal[1, 8] = 1
    """8: the network itself ends at 1/8."""
    biased: tuple[BiasedPart, ...] = ()
    """Parts whose convolutions have a bias beside their batch norm."""
    norm_epsilon: float = 1e-5


OURS = Variant()
"""Our own layout."""
