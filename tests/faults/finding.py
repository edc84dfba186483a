"""What a kind of fault did, over all of its trials."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Finding:
    """How often a fault was tried, how the runs ended, and everything that was not whole afterwards."""

    fault: str
    trials: int = 0
    endings: dict[str, int] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    skipped: str = ""

    def add(self, ending: str, complaints: list[str]) -> None:
        self.trials += 1
        self.endings[ending] = self.endings.get(ending, 0) + 1
        self.complaints += [f"{self.fault}, {ending}: {complaint}" for complaint in complaints]

    def line(self) -> str:
        if self.skipped:
            return f"{self.fault:<44} skipped: {self.skipped}"
        ended = ", ".join(f"{count} {ending}" for ending, count in sorted(self.endings.items()))
        return f"{self.fault:<44}{self.trials:>4} trials  {len(self.complaints)} complaints  ({ended})"
