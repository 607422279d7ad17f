"""Writes the page "Performance" and its picture from the figures of a run: `nox -s performance` does both.

`python docs/performance.py FOLDER ...` takes over the figures of one or more runs first, of a later run in place of an
earlier one's; without a folder it renders those that are kept in performance.json. It fails where a figure is above
its limit and benchmarks/causes.py does not say why.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.__main__ import save  # noqa: E402
from benchmarks.limits import LIMITS, Limit, cause_of  # noqa: E402
from benchmarks.report import TITLES, by_comparison, cell, picture  # noqa: E402

PAGE = Path(__file__).with_suffix(".md")
FIGURES = Path(__file__).with_suffix(".json")
PICTURE = Path(__file__).with_suffix(".png")

UNEXPLAINED = "**unexplained**"

INTRODUCTION = """\
# Performance

<!-- Written by docs/performance.py from docs/performance.json: run `nox -s performance`. -->

Our losses beside the libraries' own: ratios of times, ours / theirs, so that below 1 ours is faster. Both are called in
turn in one process, and the median of the ratios of neighbours is what the tables show, with its quartiles. Which calls
are compared is the table of [other libraries' losses](coming_from.md): each function once, with the same reduction on
both sides, in float32. "Gradient" is the value and the gradient by the first argument.

"""


def render(found: Mapping[str, Any]) -> str:
    """Return the whole page."""
    figures = found["figures"]
    summary = (how(found), limits(figures), left(found))
    tables = (ratios(figures), smaller(figures), bandwidth(figures), memory(figures), imports(found["imports"]))
    sections = (*summary, *tables)
    return INTRODUCTION + "\n".join(line for section in sections for line in section) + "\n"


def how(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield where the figures come from."""
    machine = found["machine"]
    yield "```bash"
    yield found["command"]
    yield "```"
    yield ""
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    yield f"{machine['processor']}, {machine['cores']} cores, {machine['threads']} thread(s) for each framework,"
    yield f"{machine['system']}; {versions}; {machine['date']}."
    if machine.get("load") is not None:
        yield f"The load of the machine was {machine['load']} at the end. Times are the process's own CPU time:"
        yield "waiting for a core does not count, but that others use the same caches does."
    if found.get("minutes"):
        yield f"The runs took {found['minutes']:g} minutes."
    yield ""
    yield f"![Bars of the ratio of each loss, with a line at 1]({PICTURE.name})"
    yield ""


def limits(figures: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the limits, and every figure above with its cause."""
    yield "## Limits"
    yield ""
    yield "| figures | number | median | largest | limit of each | limit of the median | above |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for limit in LIMITS:
        of = limit.of(figures)
        if of:
            median, largest = limit.median_of(figures), max(x[limit.by] for x in of)
            bound = f"{limit.median:g}" if limit.median else ""
            above = len(limit.above(figures))
            yield f"| {limit.what} | {len(of)} | {median:.2f} | {largest:.2f} | {limit.each:g} | {bound} | {above} |"
    yield ""
    for limit in LIMITS:
        found = limit.above(figures)
        if found:
            yield f"### Above the limit of {limit.each:g}: {limit.what}"
            yield ""
            yield from (above_line(limit, cause, of) for cause, of in by_cause(limit, found).items())
            yield ""


def by_cause(limit: Limit, figures: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Sort figures by the cause that they have in common, the largest first."""
    result: dict[str, list[Mapping[str, Any]]] = {}
    for figure in sorted(figures, key=lambda x: -x[limit.by]):
        result.setdefault(cause_of(figure) or UNEXPLAINED, []).append(figure)
    return result


def above_line(limit: Limit, cause: str, figures: Sequence[Mapping[str, Any]]) -> str:
    """Return the line of all figures above their limit that have a cause in common."""
    unit = "" if limit.by == "ratio" else " µs"
    named: dict[str, list[str]] = {}
    for figure in figures:
        called = f"`{figure['loss']}` beside `{figure['name']}`"
        named.setdefault(called, []).append(f"{figure[limit.by]:.2f}{unit} ({figure['what']})")
    listed = "; ".join(f"{called} {', '.join(numbers)}" for called, numbers in named.items())
    return f"- {cause} {listed}."


def ratios(figures: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a table of all ratios for each framework."""
    for framework, title in TITLES.items():
        mine = [x for x in figures if x["framework"] == framework]
        for form in sorted({x["form"] for x in mine}, reverse=True):
            found = [x for x in mine if x["form"] == form]
            kinds = list(dict.fromkeys((x["size"], x["form"], x["what"]) for x in found))
            yield f"## {title}, {form}"
            yield ""
            yield f"| ours | theirs | {' | '.join(f'{size}, {what}' for size, _, what in kinds)} |"
            yield f"| --- | --- |{' --- |' * len(kinds)}"
            for (loss, name), cells in by_comparison(found).items():
                yield f"| `{loss}` | `{name}` | {' | '.join(cell(cells.get(kind)) for kind in kinds)} |"
            yield f"| median | | {' | '.join(middle(x for x in found if kind_is(x, kind)) for kind in kinds)} |"
            yield ""
            yield from failures(found)


def kind_is(figure: Mapping[str, Any], kind: tuple[str, str, str]) -> bool:
    """Whether a figure is of a size, form and what."""
    return (figure["size"], figure["form"], figure["what"]) == kind


def middle(figures: Iterable[Mapping[str, Any]]) -> str:
    """Return the median of ratios."""
    found = [x["ratio"] for x in figures if "ratio" in x]
    return f"{statistics.median(found):.2f}" if found else ""


def failures(figures: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what each call that can't run says, once."""
    said = dict.fromkeys(f"- `{x['loss']}` beside `{x['name']}`: {x['failed']}" for x in figures if "failed" in x)
    if said:
        yield "What can't run, by the side that fails:"
        yield ""
        yield from said
        yield ""


def smaller(figures: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the comparisons that are of smaller arrays than their column says, with the shape of the first."""
    sizes = [f"{x['size']}: {' × '.join(map(str, x['shape']))}" if x.get("halvings") else "" for x in figures]
    shapes: dict[str, dict[str, None]] = {}
    for figure, size in zip(figures, sizes, strict=True):
        if size:
            shapes.setdefault(f"{figure['framework']} `{figure['loss']}` / `{figure['name']}`", {})[size] = None
    if shapes:
        yield "## Smaller arrays"
        yield ""
        yield "Where a call would take too much memory or time, rows and columns are halved until it fits. Of these"
        yield "comparisons the figures are those of a first array of this shape:"
        yield ""
        yield from (f"- {named}: {', '.join(found)}" for named, found in shapes.items())
        yield ""


def bandwidth(figures: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the part of the bandwidth of a GPU's memory that calls reach."""
    found = [x for x in figures if "ours_bandwidth" in x and x["size"] == "large"]
    if found:
        yield "## Memory bandwidth"
        yield ""
        yield "Bytes that a call can't do without, each argument and each gradient once, in its time: the fraction of"
        yield "what a pass over memory moves that reads an array and writes one. Large arrays."
        yield ""
        yield from both_sides(found, "bandwidth", ".2f")
        yield ""


def memory(figures: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the peaks of memory."""
    found = [x for x in figures if "ours_memory" in x and x["size"] == "large"]
    if found:
        yield "## Peak memory"
        yield ""
        yield "What a call adds to the process at its peak, in MiB, on large arrays."
        yield ""
        yield from both_sides(found, "memory", ".0f", ", MiB")
        yield ""


def both_sides(figures: Sequence[Mapping[str, Any]], kind: str, form: str, unit: str = "") -> Iterator[str]:
    """Yield a table of what was found of both sides, beside their times."""
    yield f"| framework | ours | theirs | form | what | ours{unit} | theirs{unit} |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for x in figures:
        names = f"{x['framework']} | `{x['loss']}` | `{x['name']}` | {x['form']} | {x['what']}"
        yield f"| {names} | {x[f'ours_{kind}']:{form}} | {x[f'theirs_{kind}']:{form}} |"


def imports(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield how long imports take."""
    if found:
        yield "## Imports"
        yield ""
        yield "Where NumPy is imported already; a median of fresh processes."
        yield ""
        yield "| module | ms |"
        yield "| --- | --- |"
        yield from (f"| `{x['import']}` | {x['ms']:.0f} |" for x in found)
        yield ""


def left(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what these runs have not measured."""
    if found.get("missing"):
        yield "## Not measured in these runs"
        yield ""
        yield f"{', '.join(found['missing'])}."
        yield ""


def unexplained(figures: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the lines of figures above their limits that have no cause."""
    found = [(limit, by_cause(limit, limit.above(figures)).get(UNEXPLAINED)) for limit in LIMITS]
    return [above_line(limit, UNEXPLAINED, of) for limit, of in found if of]


def joined(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the figures of all runs, with the machine of the last."""
    figures = {
        tuple(figure[key] for key in ("framework", "theirs", "ours", "size", "form", "what")): figure
        for run in runs
        for figure in run["figures"]
    }
    imported = next((run["imports"] for run in reversed(runs) if run["imports"]), [])
    command = "\n".join(run["command"] for run in runs)
    order = list(TITLES)
    by_framework = sorted(figures.values(), key=lambda x: (order.index(x["framework"]), x["loss"], x["name"]))
    return {
        **runs[-1],
        "command": command,
        "minutes": round(sum(run.get("minutes", 0.0) for run in runs), 1),
        "imports": imported,
        "missing": missing(by_framework),
        "figures": by_framework,
    }


def missing(figures: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the comparisons that these figures have nothing of, by our loss and the other's name."""
    from agnostic_losses._peers import table
    from benchmarks.rows import peers

    found = {(x["loss"], x["name"]) for x in figures}
    wanted = [(peer.loss, peer.name) for framework in TITLES for peer in peers(framework)]
    wanted += [(peer.loss, peer.name) for peer in table() if peer.is_optional and peer.agrees]  # also if not installed
    return [f"`{loss}` / `{name}`" for loss, name in dict.fromkeys(wanted) if (loss, name) not in found]


def main(arguments: Sequence[str]) -> None:
    """Write the page, and take over a run first."""
    if arguments:
        runs = [json.loads((Path(folder) / "figures.json").read_text()) for folder in arguments]
        save(FIGURES, joined(runs))
    found = json.loads(FIGURES.read_text())
    picture(found["figures"], PICTURE)
    PAGE.write_text(render(found).rstrip() + "\n")
    without = unexplained(found["figures"])
    if without:
        raise SystemExit("above a limit, without a cause in benchmarks/causes.py:\n" + "\n".join(without))


if __name__ == "__main__":
    main(sys.argv[1:])
