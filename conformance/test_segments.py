"""Segments beside arrays of a framework: ids keep all their digits, whatever the framework's integers hold."""

from __future__ import annotations

import numpy as np
import pytest

import agnostic_losses as al
from conformance.frameworks import FRAMEWORKS, Framework

SCORES = np.asarray([[0.5, 2.0, -1.0]], dtype="float32")
TARGETS = np.asarray([[1.0, 0.0, 2.0]], dtype="float32")


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=str)
@pytest.mark.parametrize("name", ["ranking_softmax", "pairwise_logistic"])
def test_large_ids_stay_apart(framework: Framework, name: str) -> None:
    loss = getattr(al, name)
    arrays = framework.array(SCORES), framework.array(TARGETS)
    for segments in (np.asarray([[1, 1 + 2**32, 1]]), [[1, 1 + 2**32, 1]]):
        found = framework.numpy(loss(*arrays, segments=segments, reduction="none"))
        wanted = framework.numpy(loss(*arrays, segments=np.asarray([[1, 2, 1]]), reduction="none"))
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=str)
def test_ids_of_the_framework_itself(framework: Framework) -> None:
    segments = np.asarray([[3, -1, 3]], dtype="int32")
    arrays = framework.array(SCORES), framework.array(TARGETS)
    found = framework.numpy(al.list_mle(*arrays, segments=framework.array(segments), reduction="none"))
    np.testing.assert_array_equal(found, framework.numpy(al.list_mle(*arrays, segments=segments, reduction="none")))
