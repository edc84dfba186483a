"""What a class may be called: names travel into terminals, pages, label files and other people's programs."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 100
"""Characters; the longest name of the public data sets has 21."""
CONTROL = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode's categories of what is not shown but acts: escapes, directions, halves of characters, lines."""
PATH = re.compile(r"[/\\~]|[A-Za-z]:[/\\]|(.*[/\\])?\.\.([/\\]|$)")
MARKUP = re.compile(r"<[A-Za-z/!?]")


def complaint(name: object) -> str | None:
    """Why this cannot be a class's name; None where it can. `tv/monitor` and `height < 2 m` can."""
    if not isinstance(name, str):
        return "is no text"
    if not name.strip():
        return "is empty"
    if len(name) > LONGEST:
        return f"has {len(name)} characters, more than {LONGEST}"
    if any(unicodedata.category(character) in CONTROL for character in name):
        return "has control characters"
    if PATH.match(name):
        return "is a path"
    return "holds markup" if MARKUP.search(name) else None
