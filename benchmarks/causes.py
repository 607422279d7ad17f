"""Why figures are above their limits, in one table. A figure above its limit without a cause fails the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cause:
    """Why some figures are above their limit.

    Attributes
    ----------
    text : str
        The cause, as the page says it.
    losses : tuple of str
        Our losses that it is about; empty for all.
    framework, form, size, library : str
        What else the figures have in common; empty for all. The library is the start of the dotted name.
    """

    text: str
    losses: tuple[str, ...] = ()
    framework: str = ""
    form: str = ""
    size: str = ""
    library: str = ""

    def explains(self, figure: Mapping[str, Any]) -> bool:
        """Whether it is the cause of a figure."""
        return (
            (not self.losses or figure["loss"] in self.losses)
            and self.framework in ("", figure["framework"])
            and self.form in ("", figure["form"])
            and self.size in ("", figure["size"])
            and figure["name"].startswith(self.library)
        )


CAUSES: tuple[Cause, ...] = ()
