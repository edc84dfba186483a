"""One tree of errors: what is wrong, what to do about it, and the exit code that says so."""

LONGEST = 1_500
"""Characters of a message: what a file says of itself can be as long as the file."""


def shown(text: str) -> str:
    """Words of files, fit for a terminal: what would act instead of being seen becomes a question mark."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)


def _fit(text: str) -> str:
    return shown(text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} ... {text[-LONGEST // 2 :]}")


class FastscnnError(Exception):
    """An error meant for the user: `message` says what and where, `remedy` what to do."""

    kind = "error"
    exit_code = 2

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(_fit(message))
        self.message = _fit(message)
        self.remedy = _fit(remedy)

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()

    def as_json(self) -> dict[str, str]:
        return {"kind": self.kind, "message": self.message, "remedy": self.remedy}


class InputError(FastscnnError):
    """What the user gave cannot be used; nothing was written."""

    kind = "input"


class UsageError(InputError):
    """The command line itself is wrong."""

    kind = "usage"


class CheckpointError(InputError):
    """A checkpoint cannot be read, or holds no network we know."""

    kind = "checkpoint"


class UnsafeCheckpointError(CheckpointError):
    """A checkpoint would run code when loaded the ordinary way."""

    kind = "unsafe-checkpoint"


class LayoutError(CheckpointError):
    """The parameter names or shapes fit no layout, or not the one that was asked for."""

    kind = "layout"


class VariantError(InputError):
    """A --variant switch is unknown or has a value it cannot take."""

    kind = "variant"


class SizeError(InputError):
    """The network cannot be written for this height and width."""

    kind = "size"


class ClassesError(InputError):
    """A list of class names does not fit the network."""

    kind = "classes"


class DataError(InputError):
    """Pictures, masks or a data set's folder cannot be used."""

    kind = "data"


class RecipeError(InputError):
    """A recipe cannot be read, or names layers that the network does not have."""

    kind = "recipe"


class RangeError(InputError):
    """A layer's values leave nothing to quantize: all zero, or not finite."""

    kind = "range"


class OutputError(InputError):
    """The output cannot be written where it was asked for."""

    kind = "output"


class MissingPackageError(InputError):
    """A package that this request needs is not installed."""

    kind = "missing-package"


class GraphFileError(InputError):
    """A graph's file was cut, edited or made by a newer version."""

    kind = "graph-file"


class ArtifactError(InputError):
    """A file on disk is not an artifact that its format's runtime can open."""

    kind = "artifact"


class MeasurementError(InputError):
    """A latency cannot be measured, or would mean nothing."""

    kind = "measurement"


class BoardError(InputError):
    """A board does not answer, or lacks what a measurement needs."""

    kind = "board"


class GateError(FastscnnError):
    """An artifact was written but did not compute what PyTorch computes; none is delivered."""

    kind = "gate"
    exit_code = 3


class ParityError(GateError):
    """An artifact's output differs from PyTorch's by more than its gate allows."""

    kind = "parity"
