"""onnxruntime as we import it leaves nothing in the user's folders."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CODE = "from export.formats.onnx.runtime import onnxruntime; onnxruntime.SessionOptions()"


def test_no_device_id_and_no_database_in_the_users_cache(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    subprocess.run(
        [sys.executable, "-c", CODE],
        env={**environment, "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        check=True,
    )
    assert not list(tmp_path.rglob("*"))
