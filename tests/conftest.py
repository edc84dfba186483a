"""What all tests share: one browser, since one process can drive only one."""

from __future__ import annotations

from tests.browser import chromium

__all__ = ["chromium"]
