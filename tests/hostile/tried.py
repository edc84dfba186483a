"""One damaged file given to the readers of its kind."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Literal

from fastscnn.errors import FastscnnError
from tests.hostile.corpus.case import Place
from tests.hostile.loaders import LOADERS
from tests.hostile.mutations import Damaged

Ending = Literal["read", "refused"]


def tried(one: Damaged, folder: Path) -> Ending:
    """How it ended; any other error than ours comes out, with its place."""
    work, outside = folder / "work", folder / "outside"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    outside.mkdir(exist_ok=True)
    case = one.case()
    path = case.make(Place(work, folder / "canary", outside))
    ending: Ending = "read"
    for load in LOADERS[case.kind]:
        refusal: FastscnnError | None = None
        try:
            load(path)
        except FastscnnError as error:
            refusal, ending = error, "refused"
        assert refusal is None or (refusal.exit_code == 2 and refusal.message.strip())
    assert not (folder / "canary").exists()
    return ending
