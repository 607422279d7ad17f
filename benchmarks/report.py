"""Figures as a table for a terminal, and as a picture: bars of ratios, a line at 1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

Figure = Mapping[str, Any]

TITLES = {"torch": "PyTorch", "jax": "JAX", "tensorflow": "TensorFlow", "numpy": "NumPy"}

FORMS = ("eager", "compiled")


def table(figures: Iterable[Figure]) -> Table:
    """Return the table of all ratios, a row for each comparison, a column for each size and form."""
    found = list(figures)
    kinds = sorted({kind_of(figure) for figure in found}, key=_order)
    result = Table(title="Time beside the library's own: median of ratios (quartiles)")
    result.add_column("ours")
    result.add_column("theirs")
    for kind in kinds:
        result.add_column(" ".join(kind), justify="right")
    for (loss, name), cells in by_comparison(found).items():
        result.add_row(loss, name, *(cell(cells.get(kind)) for kind in kinds))
    return result


def kind_of(figure: Figure) -> tuple[str, str, str]:
    """Return the size, the form and what is evaluated."""
    return figure["size"], figure["form"], figure["what"]


def _order(kind: tuple[str, str, str]) -> tuple[int, str, str]:
    return ("tiny", "medium", "large", "tape").index(kind[0]), kind[1], kind[2]


def by_comparison(figures: Iterable[Figure]) -> dict[tuple[str, str], dict[tuple[str, str, str], Figure]]:
    """Sort figures by our loss and the other's name, then by their kind."""
    result: dict[tuple[str, str], dict[tuple[str, str, str], Figure]] = {}
    for figure in figures:
        result.setdefault((figure["loss"], figure["name"]), {})[kind_of(figure)] = figure
    return result


def cell(figure: Figure | None) -> str:
    """Return a ratio with its quartiles; the side that can't run; a dot for what was not measured."""
    if figure is None:
        return "·"
    if "failed" in figure:
        return f"{figure['failed'].partition(':')[0]} fails"
    return f"{figure['ratio']:.2f} ({figure['low']:.2f}–{figure['high']:.2f})"


def picture(figures: Iterable[Figure], path: Path) -> None:
    """Draw the ratios of the largest arrays, one panel for each framework and form."""
    # Here, so that a table takes no more than rich.
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    panels = _panels([figure for figure in figures if "ratio" in figure])
    height = sum(max(len(bars), 2) for _, bars in panels) * 0.16 + len(panels) * 0.6
    ratios = [max(len(bars), 2) for _, bars in panels]
    with plt.rc_context({"font.size": 7, "axes.spines.top": False, "axes.spines.right": False}):
        canvas, axes = plt.subplots(
            len(panels), 1, figsize=(7.5, height), gridspec_kw={"height_ratios": ratios}, squeeze=False, sharex=True
        )
        for (title, bars), ax in zip(panels, axes[:, 0], strict=True):
            _draw(ax, title, bars)
        axes[-1, 0].set_xlabel("time of ours / time of theirs (median, quartiles); left of the line ours is faster")
        canvas.tight_layout()
        canvas.savefig(path, dpi=110)
        plt.close(canvas)


def _panels(figures: Sequence[Figure]) -> list[tuple[str, list[Figure]]]:
    found: dict[str, list[Figure]] = {}
    for framework, title in TITLES.items():
        for form in FORMS:
            mine = [x for x in figures if (x["framework"], x["form"]) == (framework, form) and x["size"] != "tape"]
            sizes = [size for size in ("large", "medium", "tiny") if any(x["size"] == size for x in mine)]
            whats = [what for what in ("gradient", "value") if any(x["what"] == what for x in mine)]
            if mine:
                bars = [x for x in mine if (x["size"], x["what"]) == (sizes[0], whats[0])]
                said = "value and gradient" if whats[0] == "gradient" else "value"
                found[f"{title}, {form}, {sizes[0]} arrays, {said}"] = sorted(bars, key=lambda x: -x["ratio"])
    return list(found.items())


def _draw(ax: Any, title: str, bars: Sequence[Figure]) -> None:
    places = list(range(len(bars)))
    ratios = [x["ratio"] for x in bars]
    colors = ["#4878a8" if ratio <= 1 else "#c4713b" for ratio in ratios]
    errors = [[x["ratio"] - x["low"] for x in bars], [x["high"] - x["ratio"] for x in bars]]
    ax.barh(places, [ratio - 1.0 for ratio in ratios], left=1.0, color=colors, height=0.7)
    ax.errorbar(ratios, places, xerr=errors, fmt="none", ecolor="#555555", elinewidth=0.7)
    ax.axvline(1.0, color="black", linewidth=0.8)
    ax.set_yticks(places, [f"{x['loss']} / {x['name'].rpartition('.')[2]}" for x in bars])
    ax.set_xscale("log")
    ax.set_title(title, loc="left", fontsize=8)
