"""Every row of the table of peers, executed: value and gradient against the other library, differences in numbers."""

from __future__ import annotations

import ast
import dataclasses
import importlib.util
import inspect
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses._peers import Example, Peer, table
from conformance.compare import check_close
from conformance.expressions import RESTRICTED, arguments, is_executable, module
from conformance.frameworks import NUMPY
from conformance.peers import (
    READS_VALUES,
    UNMAPPED,
    Side,
    example_inputs,
    framework_of,
    inputs,
    native,
    ours,
    without_row,
)

ULPS = 32.0
"""Units in the last place of the largest element that two right results may differ by."""

EXECUTED = [peer for peer in table() if is_executable(peer)]
EVERYWHERE = [peer for peer in table() if not peer.unexecuted]
AGREEING = [peer for peer in EXECUTED if peer.agrees]
WITH_EXAMPLE = [peer for peer in EXECUTED if peer.example]

WITHOUT_PEER = {
    "alpha_divergence": "TensorFlow Probability alone has it",
    "approx_ndcg": "rax and TF-Ranking alone have it",
    "arcface": "pytorch-metric-learning has it",
    "asymmetric": "timm and the authors have it",
    "barlow_twins": "lightly, MONAI and solo-learn have it",
    "beta_nll": "torch-uncertainty and the authors have it",
    "bi_tempered": "the authors' code alone has it",
    "byol": "solo-learn has it",
    "cauchy": "an option of SciPy's least squares; kornia alone has it",
    "charbonnier": "image libraries alone have it",
    "chi_square": "SciPy has a test of counts",
    "clip": "OpenCLIP has it, and others two cross entropies",
    "concordance": "torchmetrics alone has it",
    "contrastive_pair": "TensorFlow Addons and sentence-transformers have it",
    "coral": "coral-pytorch alone has it",
    "corn": "coral-pytorch and dlordinal have it",
    "cosface": "pytorch-metric-learning has it",
    "crps_ensemble": "scoringrules, properscoring and torchmetrics have it",
    "crps_gaussian": "scoringrules and properscoring have it",
    "cumulative_link": "statsmodels has it as a model",
    "energy_score": "scoringrules alone has it",
    "entmax15": "the package entmax alone has it",
    "expectile": "reinforcement libraries alone have it",
    "fair": "an objective of LightGBM alone",
    "fenchel_young": "optax makes it of a function",
    "focal_tversky": "a power of the Tversky loss elsewhere",
    "gan_discriminator": "a sum of two binary cross entropies elsewhere",
    "gan_generator": "the binary cross entropy of ones elsewhere",
    "geman_mcclure": "kornia alone has it",
    "general_robust": "the paper's own code alone has it",
    "generalized_lifted_structure": "pytorch-metric-learning has it",
    "gradient_penalty": "TF-GAN alone has it",
    "group_lasso": "optimisers have its proximal step",
    "info_nce": "the cross entropy of a matrix of similarities elsewhere",
    "interval_score": "scoringrules alone has it",
    "jaccard": "MONAI and segmentation_models_pytorch have it",
    "jeffreys": "TensorFlow Probability alone has it",
    "lifted_structure": "TensorFlow Addons and pytorch-metric-learning have it",
    "list_mle": "rax, keras_rs and TF-Ranking alone have it",
    "logit_adjusted_cross_entropy": "the cross entropy of changed logits elsewhere",
    "lovasz_hinge": "the authors' code alone has it",
    "lovasz_softmax": "the authors' code and segmentation_models_pytorch have it",
    "mmd": "geomloss has half of it",
    "multi_similarity": "pytorch-metric-learning has it",
    "n_pairs": "TensorFlow Addons and pytorch-metric-learning have it",
    "pairwise_hinge": "rax, keras_rs and TF-Ranking alone have it",
    "pairwise_logistic": "rax, keras_rs and TF-Ranking alone have it",
    "pairwise_squared_error": "rax, keras_rs and TF-Ranking alone have it",
    "perceptual": "others have it with a network",
    "perplexity": "torchmetrics, torcheval and KerasHub have one of all tokens",
    "proxy_anchor": "pytorch-metric-learning has it",
    "proxy_nca": "pytorch-metric-learning has it",
    "renyi": "torchmetrics alone has it",
    "siglip": "OpenCLIP and KerasHub have it",
    "squared_emd": "dlordinal has it for one-hot targets",
    "squared_hellinger": "TensorFlow Probability alone has it",
    "squared_log_partition": "training codes of language models have it",
    "supervised_contrastive": "pytorch-metric-learning has it",
    "symmetric_absolute_percentage_error": "torchmetrics and forecasting libraries alone have it",
    "symmetric_cross_entropy": "none has it",
    "temporal_difference": "rlax alone has it",
    "total_variation_distance": "TensorFlow Probability and Liger alone have it",
    "triplet_batch_all": "sentence-transformers and pytorch-metric-learning have it",
    "triplet_batch_hard": "TensorFlow Addons and pytorch-metric-learning have it",
    "triplet_semi_hard": "TensorFlow Addons has it",
    "tukey_biweight": "libraries of robust regression alone have it",
    "uncertainty_weighting": "a line of the training code elsewhere",
    "vicreg": "lightly and pytorch-metric-learning have it",
    "wasserstein_critic": "TF-GAN alone has it",
    "wasserstein_generator": "TF-GAN alone has it",
    "welsch": "kornia alone has it",
    "wing": "libraries of landmarks alone have it",
    "zlpr": "the authors' code alone has it",
}
"""Losses that torch, Keras, optax, TensorFlow, scikit-learn and SciPy have in no single call, and why."""

SIGNIFICANT = 5e-6
"""Relative error of a number of six digits."""


def row_id(peer: Peer) -> str:
    """Return the test id of a row."""
    return peer.theirs


def check_agreement(peer: Peer, dtype: str) -> None:
    """Raise unless both return the same values and gradients at ordinary inputs."""
    drawn = inputs(peer, dtype)
    theirs, mine = (Side(peer, side) for side in (native, ours))
    results = [("value", theirs.value(drawn), mine.value(drawn))]
    if framework_of(peer) is not NUMPY:
        results += [("gradient", *pair) for pair in zip(theirs.gradient(drawn), mine.gradient(drawn), strict=True)]
    bound = max(ULPS, peer.within / float(np.finfo(dtype).eps))
    for what, got, wanted in results:
        check_close(got, wanted, dtype, f"{peer.theirs} and {peer.ours}, {what}", ulps=bound)


def agrees(peer: Peer, dtype: str) -> bool:
    """Return whether both agree."""
    try:
        check_agreement(peer, dtype)
    except AssertionError:
        return False
    return True


def check_example(peer: Peer) -> None:
    """Raise unless both return what the example says, and that differs."""
    assert peer.example is not None
    arrays, numbers = example_inputs(peer), []
    for side, expected in ((native, peer.example.theirs), (ours, peer.example.ours)):
        made = Side(peer, side)
        result = sum(map(np.sum, made.gradient(arrays))) if peer.example.gradient else np.sum(made.value(arrays))
        assert float(result) == pytest.approx(expected, rel=SIGNIFICANT, abs=0.0, nan_ok=True), peer.theirs
        numbers.append(float(result))
    assert numbers[0] != pytest.approx(numbers[1], rel=1e-3, abs=0.0), "an example shows a difference"


@pytest.mark.parametrize("peer", AGREEING, ids=row_id)
def test_both_agree(peer: Peer, dtype: str) -> None:
    check_agreement(peer, dtype)


@pytest.mark.parametrize("peer", [peer for peer in AGREEING if peer.within], ids=row_id)
def test_a_wider_bound_is_needed(peer: Peer) -> None:
    assert peer.because
    assert not all(agrees(dataclasses.replace(peer, within=0.0), dtype) for dtype in ("float64", "float32"))


@pytest.mark.parametrize("peer", WITH_EXAMPLE, ids=row_id)
def test_the_difference_is_what_the_example_says(peer: Peer) -> None:
    check_example(peer)


@pytest.mark.parametrize("peer", EXECUTED, ids=row_id)
def test_every_name_exists(peer: Peer) -> None:
    for dotted in peer.names:
        root, *path = dotted.split(".")
        found = module(root)
        for part in path:
            found = getattr(found, part)
        assert callable(found), dotted


@pytest.mark.parametrize("peer", table(), ids=row_id)
def test_a_row_is_whole(peer: Peer) -> None:
    assert set(keywords(peer)) <= set(inspect.signature(al.LOSSES[peer.loss].function).parameters)
    assert bool(peer.within) == bool(peer.because)
    assert peer.difference or not peer.example
    assert peer.difference or peer.agrees, "a row that does not agree says why"
    assert peer.example or peer.unexecuted or not peer.difference, "a difference has numbers"
    assert set(peer.only) <= set(arguments(peer))
    assert peer.unexecuted or set(peer.only.values()) <= set(RESTRICTED)


def test_no_row_stands_twice() -> None:
    assert len({peer.theirs for peer in table()}) == len(table())


def test_only_what_is_not_installed_is_not_executed() -> None:
    optional = {library_of(peer) for peer in table() if peer.is_optional}
    for peer in (peer for peer in table() if library_of(peer) not in optional):
        library = library_of(peer)
        missing = importlib.util.find_spec(module_name(library)) is None
        assert bool(peer.unexecuted) == missing, f"{library} is {'not ' * missing}installed: {peer.theirs}"


def keywords(peer: Peer) -> list[str | None]:
    """Return the names of the options in our call: those of a row that is not executed could be wrong."""
    calls = [node for node in ast.walk(ast.parse(peer.ours)) if isinstance(node, ast.Call)]
    (ours,) = [call for call in calls if ast.unparse(call.func) == f"al.{peer.loss}"]
    return [keyword.arg for keyword in ours.keywords]


def test_the_options_of_a_call_are_read() -> None:
    wrong = Peer(theirs="lib.f(torch.ones(dtype=int))", ours="al.huber(torch.ones(out=None), 0.0, beta=0.5)")
    assert keywords(wrong) == ["beta"]
    with pytest.raises(AssertionError):
        test_a_row_is_whole(wrong)


def library_of(peer: Peer) -> str:
    """Return the first part of the dotted name of a row."""
    return peer.name.partition(".")[0]


def module_name(root: str) -> str:
    """Return the module that the first part of a dotted name stands for."""
    return {"tf": "tensorflow", "tfgan": "tensorflow_gan"}.get(root, root)


def test_what_reads_values_cannot_be_compiled() -> None:
    for peer in (peer for peer in EXECUTED if peer.theirs in READS_VALUES):
        arrays = [framework_of(peer).array(array) for array in inputs(peer, "float64").values()]
        with pytest.raises(Exception, match="boolean conversion of traced array"):
            framework_of(peer).brisk(native(peer))(*arrays)
    assert {peer.theirs for peer in EXECUTED} >= set(READS_VALUES)


def test_every_loss_has_a_row_or_a_reason() -> None:
    assert {peer.loss for peer in EVERYWHERE} | set(WITHOUT_PEER) == set(al.LOSSES)
    assert not {peer.loss for peer in EVERYWHERE} & set(WITHOUT_PEER), "stale"


@pytest.mark.parametrize("library", ["torch", "keras", "optax", "tensorflow", "sklearn"])
def test_nothing_that_a_library_exports_lacks_a_row(library: str) -> None:
    known = {name for name in UNMAPPED if name.partition(".")[0].replace("tf", "tensorflow") == library}
    assert without_row(library) == known, "a new release has another loss, or a reason is stale"


def test_a_new_loss_of_a_library_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.nn.functional.new_loss", print, raising=False)
    assert without_row("torch") - set(UNMAPPED) == {"torch.nn.functional.new_loss"}


HUBER = next(peer for peer in AGREEING if peer.name == "torch.nn.functional.huber_loss")


@pytest.mark.parametrize(
    "wrong",
    [
        "al.huber(predictions, targets, delta=0.5)",
        "al.huber(predictions, targets, delta=0.25) * (1.0 + 1e-12)",
        "al.huber(predictions, targets + 1.0, delta=0.25)",
        # The same value, and another gradient.
        "al.huber(predictions, targets, delta=0.25) + (predictions - predictions.detach()).sum()",
    ],
)
def test_a_wrong_row_is_found(wrong: str) -> None:
    with pytest.raises(AssertionError, match="error"):
        check_agreement(dataclasses.replace(HUBER, ours=wrong), "float64")


@pytest.mark.parametrize("numbers", [(100.0, 70.0), (99.0, 70.3147), (float("nan"), 70.3147)])
def test_a_wrong_example_is_found(numbers: tuple[float, float]) -> None:
    peer = next(peer for peer in WITH_EXAMPLE if peer.name == "torch.nn.functional.binary_cross_entropy")
    example: Any = dataclasses.replace(peer.example, theirs=numbers[0], ours=numbers[1])  # type: ignore[type-var]
    with pytest.raises(AssertionError):
        check_example(dataclasses.replace(peer, example=example))


def test_an_example_without_difference_is_found() -> None:
    same = Example({"predictions": [1.0], "targets": [0.0]}, theirs=0.21875, ours=0.21875)
    with pytest.raises(AssertionError, match="shows a difference"):
        check_example(dataclasses.replace(HUBER, example=same))
