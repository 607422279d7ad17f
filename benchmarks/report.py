"""Figures as a table for a terminal, and as a picture: bars of ratios, a line at 1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

Figure = Mapping[str, Any]

TITLES = {"torch": "PyTorch", "jax": "JAX", "tensorflow": "TensorFlow", "numpy": "NumPy"}

FORMS = ("eager", "compiled")

LEAST, MOST = 0.1, 10.0
"""Ratios beyond are drawn at the border, with their number."""

TICKS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


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

    timed = [figure for figure in figures if "ratio" in figure and figure["size"] != "tape"]
    columns = [found for form in FORMS if (found := _panels([x for x in timed if x["form"] == form]))]
    heights = [[max(len(bars), 2) + 4 for _, bars in panels] for panels in columns]
    with plt.rc_context({"font.size": 7, "axes.spines.top": False, "axes.spines.right": False}):
        size = (7.0 * len(columns), 0.15 * max(map(sum, heights), default=10) + 0.5)
        canvas = plt.figure(figsize=size, layout="constrained")
        parts = canvas.subfigures(1, max(len(columns), 1), squeeze=False)[0]
        for panels, ratios, part in zip(columns, heights, parts, strict=False):
            axes = part.subplots(len(panels), 1, gridspec_kw={"height_ratios": ratios}, squeeze=False)[:, 0]
            for (title, bars), ax in zip(panels, axes, strict=True):
                _draw(ax, title, bars)
            axes[-1].set_xlabel("time of ours / time of theirs: median, quartiles")
        canvas.savefig(path, dpi=100)
        plt.close(canvas)


def _panels(figures: Sequence[Figure]) -> list[tuple[str, list[Figure]]]:
    """Return a title and the bars, the slowest first, for each framework: its largest arrays."""
    found: dict[str, list[Figure]] = {}
    for framework, title in TITLES.items():
        mine = [x for x in figures if x["framework"] == framework]
        sizes = [size for size in ("large", "medium", "tiny") if any(x["size"] == size for x in mine)]
        whats = [what for what in ("gradient", "value") if any(x["what"] == what for x in mine)]
        if mine:
            bars = [x for x in mine if (x["size"], x["what"]) == (sizes[0], whats[0])]
            said = "value and gradient" if whats[0] == "gradient" else "value"
            said = f"{title}, {mine[0]['form']}, {sizes[0]} arrays, {said}"
            found[said] = sorted(bars, key=lambda x: x["ratio"])
    return list(found.items())


def _draw(ax: Any, title: str, bars: Sequence[Figure]) -> None:
    places = list(range(len(bars)))
    ratios = [min(max(x["ratio"], LEAST), MOST) for x in bars]
    colors = ["#4878a8" if ratio <= 1 else "#c4713b" for ratio in ratios]
    pairs = list(zip(bars, ratios, strict=True))
    errors = [[max(y - x["low"], 0.0) for x, y in pairs], [max(x["high"] - y, 0.0) for x, y in pairs]]
    ax.barh(places, [ratio - 1.0 for ratio in ratios], left=1.0, color=colors, height=0.7)
    ax.errorbar(ratios, places, xerr=errors, fmt="none", ecolor="#555555", elinewidth=0.7)
    for place, (x, ratio) in enumerate(pairs):
        if ratio != x["ratio"]:
            ax.annotate(f"{x['ratio']:.2g}", (1.0, place), (3 if ratio < 1 else -3, 0), textcoords="offset points",
                        va="center", ha="left" if ratio < 1 else "right")  # fmt: skip
    ax.axvline(1.0, color="black", linewidth=0.8)
    ax.set_yticks(places, [f"{x['loss']} / {x['name'].rpartition('.')[2]}" for x in bars])
    ax.set_ylim(-0.6, len(bars) - 0.4)
    ax.set_xscale("log")
    ax.set_xlim(LEAST, MOST)
    ax.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
    ax.minorticks_off()
    ax.set_title(title, loc="left", fontsize=8)
