"""Rows of SciPy: special functions, distances and statistics that are our losses on NumPy arrays."""

from __future__ import annotations

import math

from agnostic_losses._peers import Example, Peer

PEERS = (
    Peer(
        theirs="scipy.special.huber(0.25, predictions - targets)",
        ours='al.huber(predictions, targets, delta=0.25, reduction="none")',
    ),
    Peer(
        theirs="scipy.special.pseudo_huber(0.25, predictions - targets)",
        ours='al.pseudo_huber(predictions, targets, delta=0.25, reduction="none")',
        difference="SciPy loses large errors, whose square overflows.",
        example=Example({"predictions": [1e200], "targets": [0.0]}, theirs=math.inf, ours=2.5e199),
    ),
    Peer(
        theirs="scipy.stats.entropy(np.exp(log_probs), axis=-1)",
        ours='al.entropy(log_probs, reduction="none")',
    ),
    Peer(
        theirs="scipy.stats.entropy(np.exp(log_probs), axis=-1, base=2.0)",
        ours='al.entropy(log_probs, base=2.0, reduction="none")',
    ),
    Peer(
        theirs="scipy.stats.entropy(target_probs, np.exp(log_probs), axis=-1)",
        ours='al.kl_divergence(log_probs, target_probs, reduction="none")',
    ),
    Peer(
        theirs="scipy.special.rel_entr(target_probs, np.exp(log_probs)).sum(axis=-1)",
        ours='al.kl_divergence(log_probs, target_probs, reduction="none")',
    ),
    Peer(
        theirs="scipy.special.kl_div(target_probs, np.exp(log_probs)).sum(axis=-1)",
        ours='al.generalized_kl(log_probs, target_probs, reduction="none")',
    ),
    Peer(
        theirs="scipy.stats.entropy(np.exp(log_probs), np.exp(target_log_probs), axis=-1)",
        ours='al.reverse_kl(log_probs, target_log_probs, reduction="none")',
    ),
    Peer(
        theirs="scipy.stats.wasserstein_distance(predictions[0], targets[0])",
        ours="al.wasserstein_1d(predictions[0], targets[0])",
    ),
    Peer(
        theirs="scipy.stats.energy_distance(predictions[0], targets[0])",
        ours="al.energy_distance(predictions[0], targets[0]) ** 0.5",
    ),
    Peer(
        theirs="scipy.spatial.distance.jensenshannon(np.exp(log_probs), np.exp(target_log_probs), axis=-1)",
        ours='al.jensen_shannon(log_probs, target_log_probs, reduction="none") ** 0.5',
    ),
    Peer(
        theirs="scipy.spatial.distance.cosine(predictions[0], targets[0])",
        ours="al.cosine_distance(predictions[0], targets[0])",
        difference="A zero vector has the distance NaN in SciPy, and 1 here.",
        example=Example({"predictions": [[0.0, 0.0]], "targets": [[1.0, 0.0]]}, theirs=math.nan, ours=1.0),
    ),
    Peer(
        theirs="scipy.spatial.distance.sqeuclidean(predictions[0], targets[0])",
        ours='al.squared_error(predictions[0], targets[0], reduction="sum")',
    ),
    Peer(
        theirs="scipy.spatial.distance.cityblock(predictions[0], targets[0])",
        ours='al.absolute_error(predictions[0], targets[0], reduction="sum")',
    ),
    Peer(
        theirs="scipy.spatial.distance.minkowski(predictions[0], targets[0], p=3.0)",
        ours="al.minkowski(predictions[0], targets[0], p=3.0)",
    ),
    Peer(
        theirs="scipy.spatial.distance.euclidean(predictions[0], targets[0])",
        ours="al.minkowski(predictions[0], targets[0])",
    ),
    Peer(
        theirs="scipy.spatial.distance.chebyshev(predictions[0], targets[0])",
        ours='al.minkowski(predictions[0], targets[0], p=float("inf"))',
    ),
    Peer(
        theirs="scipy.stats.multivariate_normal.logpdf(targets[0], mean[0], "
        "np.tril(cholesky[0]) @ np.tril(cholesky[0]).T)",
        ours="-al.multivariate_gaussian_nll(mean[0], cholesky[0], targets[0])",
    ),
)
