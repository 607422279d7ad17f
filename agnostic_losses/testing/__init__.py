"""Check losses of one's own: on all backends and modes against the truth, or one framework's against another's.

It needs ``pip install "agnostic-losses[testing]"``. Frameworks are imported when a check runs on them.
"""

try:
    import mparray  # noqa: F401
    import mpmath  # noqa: F401
    import rich  # noqa: F401
except ImportError as error:
    raise ImportError(f'{error}; agnostic_losses.testing needs: pip install "agnostic-losses[testing]"') from error

from agnostic_losses.testing.checking import check_loss
from agnostic_losses.testing.comparing import compare
from agnostic_losses.testing.measures import ConformanceError, Measure, Report

__all__ = ["ConformanceError", "Measure", "Report", "check_loss", "compare"]
