"""One way in which a delivery is not what it says it is."""

from __future__ import annotations

from dataclasses import dataclass

from fastscnn.errors import GateError


@dataclass(frozen=True)
class Difference:
    """A file, by its name in the folder, and what is wrong with it."""

    file: str
    message: str

    def as_json(self) -> dict[str, str]:
        return {"file": self.file, "message": self.message}


class VerificationError(GateError):
    """A delivery differs from its manifest, or its files do not compute what they did."""

    kind = "verification"
