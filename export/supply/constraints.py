"""The versions that are installed, exactly, for the Python that they were tried with: `make constraints`.

python -m export.supply.constraints > constraints.txt
"""

from __future__ import annotations

import sys

from export.supply.installed import closure
from export.supply.licences import EXTRAS

HEADER = """\
# Written by `make constraints` from an environment in which `make test` passed; `make setup` installs these.
# For other versions: pip install --upgrade what is meant, make test, make constraints.
"""


def main() -> int:
    print(text(), end="")
    return 0


def text() -> str:
    """A constraints file of pip's; it binds only the Python that it was made with."""
    python = f'python_version == "{sys.version_info.major}.{sys.version_info.minor}"'
    # a local version (+cpu) is of one index alone
    lines = [f"{one.name}=={one.version.partition('+')[0]}; {python}" for one in closure(EXTRAS)]
    return HEADER + "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
