"""Golden values: read as they were derived, and refused where they do not belong to the point that asks."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from agnostic_losses.testing.criterion import Numbers
from conformance import golden
from conformance.case import Point
from conformance.cases import CASES

POINT = CASES["huber"][0].points[1]


@pytest.fixture
def folder(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Golden values of one loss in a folder of their own."""
    monkeypatch.setattr(golden, "FOLDER", tmp_path)
    golden.stored.cache_clear()
    yield tmp_path
    golden.stored.cache_clear()


def change(folder: Any, old: str, new: str) -> None:
    path = folder / "l1_penalty.json"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    golden.stored.cache_clear()


def run(*arguments: str) -> int:
    golden.stored.cache_clear()
    return golden.main(["--loss", "l1_penalty", "--processes", "1", *arguments])


@pytest.mark.parametrize("loss", CASES)
def test_every_point_has_its_truth(loss: str, dtype: str) -> None:
    assert all(golden.read(point, dtype).sum.true for point in golden.points(loss))


def test_what_is_read_is_what_was_derived() -> None:
    for kind in ("ordinary", "zeros"):
        point = Point(POINT.case, 1, kind)
        derived, stored = golden.derive(point, "float32"), golden.read(point, "float32")
        assert stored.gradient.keys() == derived.gradient.keys()
        for one, other in zip(stored.hessian.true, derived.hessian.true, strict=True):  # type: ignore[union-attr]
            assert one == other or abs(one - other) < abs(other) * mpf(10) ** (1 - golden.SIGNIFICANT)
        assert stored.none.terms == derived.none.terms


def test_a_changed_digit_is_found(folder: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--write") == 0
    assert run() == 0
    (case, *_) = CASES["l1_penalty"]
    value = golden.true_text(golden.read(case.points[0], "float32").none.true[0])
    change(folder, f'"true": "{value}"', f'"true": "{value}1"')
    capsys.readouterr()
    assert run() == 1
    assert "l1_penalty, float32: none differs" in capsys.readouterr().out


def test_changed_inputs_and_options_are_found(folder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("--write") == 0
    point = CASES["l1_penalty"][0].points[0]
    change(folder, "3x2: ", "3x2: 0x0.0p+0 ")
    with pytest.raises(LookupError, match="inputs of l1_penalty, float32, differ"):
        golden.read(point, "float32")
    monkeypatch.setattr(golden, "encode_options", lambda point, dtype: {"delta": "0x1.0p+0"})
    with pytest.raises(LookupError, match="options of l1_penalty, float64, differ"):
        golden.read(point, "float64")


def test_points_without_golden_values_are_told(folder: Any) -> None:
    with pytest.raises(LookupError, match=r"no golden values of huber-delta=0.25, float32: run .nox -s golden"):
        golden.read(POINT, "float32")


def test_text_keeps_numbers() -> None:
    with mpmath.workdps(60):
        numbers = Numbers(
            [mpf(1) / 3, None, mpf("inf"), mpf(0), mpf(0)], [0.5, 1e-310, math.inf, 2.0, 2.0], [1, 1, 1, 4, 4]
        )
        texts = golden.encode_numbers(numbers, "float64")
        assert texts == {
            "true": "0.333333333333333333333333333333 none +inf 0*2",
            "condition": "0.5 0*2 2*2",
            "terms": "1*3 4*2",
        }
        found = golden.decode_numbers(texts)
        assert found.true[1:] == numbers.true[1:]
        assert abs(found.true[0] - numbers.true[0]) < mpf(10) ** -30
        assert golden.true_text(mpmath.exp(mpf(10) ** 30)) == "+inf"
        assert golden.true_text(mpmath.exp(-(mpf(10) ** 30)), nothing=1e-320) == "0"
        assert golden.encode_array(np.asarray([[0.5, 0.5]])) == "1x2: 0x1.0000000000000p-1*2"
