"""Check losses of one's own: on all backends and modes against the truth, or one framework's against another's.

It needs ``pip install "agnostic-losses[testing]"``; the frameworks that are installed take part.
"""

from agnostic_losses.testing.checking import check_loss
from agnostic_losses.testing.comparing import compare
from agnostic_losses.testing.measures import ConformanceError, Measure, Report

__all__ = ["ConformanceError", "Measure", "Report", "check_loss", "compare"]
