"""Rows of scikit-learn: `sklearn.metrics`, and the private `sklearn._loss` of its estimators.

The metrics take one score a sample, the true one first, and return a weighted mean.
"""

from __future__ import annotations

from agnostic_losses._peers import Example, Peer

PEERS = (
    Peer(
        theirs="sklearn.metrics.mean_squared_error(targets, predictions)",
        ours="al.squared_error(predictions, targets)",
    ),
    Peer(
        theirs="sklearn.metrics.mean_squared_error(targets, predictions, sample_weight=weights[:, 0])",
        ours="al.squared_error(predictions, targets, weights=weights)",
        only={"weights": "one a row"},
    ),
    Peer(
        theirs='sklearn.metrics.mean_squared_error(targets, predictions, multioutput="raw_values")',
        ours='al.squared_error(predictions, targets, reduction="none").mean(axis=0)',
    ),
    Peer(
        theirs="sklearn.metrics.root_mean_squared_error(targets, predictions)",
        ours="al.root_mean_squared_error(predictions, targets, axis=0)",
    ),
    Peer(
        theirs="sklearn.metrics.mean_squared_log_error(targets, predictions)",
        ours="al.squared_log_error(predictions, targets)",
    ),
    Peer(
        theirs="sklearn.metrics.root_mean_squared_log_error(targets.ravel(), predictions.ravel())",
        ours="al.squared_log_error(predictions, targets) ** 0.5",
    ),
    Peer(
        theirs="sklearn.metrics.mean_absolute_percentage_error(targets, predictions)",
        ours="al.absolute_percentage_error(predictions, targets, floor=np.finfo(np.float64).eps)",
    ),
    Peer(
        theirs="sklearn.metrics.brier_score_loss(targets.ravel(), predictions.ravel())",
        ours="al.squared_error(predictions, targets)",
        only={"targets": "0 or 1", "predictions": "probabilities"},
    ),
    Peer(
        theirs="sklearn.metrics.brier_score_loss(labels, probs, labels=[0, 1, 2, 3])",
        ours="al.brier_score(probs, labels)",
    ),
    Peer(
        theirs="sklearn.metrics.brier_score_loss(labels, probs, labels=[0, 1, 2, 3], scale_by_half=True)",
        ours="0.5 * al.brier_score(probs, labels)",
    ),
    Peer(
        theirs="sklearn._loss.loss.HalfSquaredError().loss(targets.ravel(), predictions.ravel())",
        ours='0.5 * al.squared_error(predictions, targets, reduction="none").ravel()',
    ),
    Peer(
        theirs="sklearn.metrics.mean_absolute_error(targets, predictions)",
        ours="al.absolute_error(predictions, targets)",
    ),
    Peer(
        theirs="sklearn.metrics.mean_pinball_loss(targets, predictions, alpha=0.9)",
        ours="al.pinball(predictions, targets, quantile=0.9)",
    ),
    Peer(
        theirs="sklearn._loss.loss.AbsoluteError().loss(targets.ravel(), predictions.ravel())",
        ours='al.absolute_error(predictions, targets, reduction="none").ravel()',
    ),
    Peer(
        theirs="sklearn._loss.loss.PinballLoss(quantile=0.9).loss(targets.ravel(), predictions.ravel())",
        ours='al.pinball(predictions, targets, quantile=0.9, reduction="none").ravel()',
    ),
    Peer(
        theirs="sklearn.linear_model._sgd_fast.EpsilonInsensitive(0.1).py_loss(predictions[0, 0], targets[0, 0])",
        ours="al.epsilon_insensitive(predictions[0, 0], targets[0, 0], epsilon=0.1)",
    ),
    Peer(
        theirs="sklearn.linear_model._sgd_fast.SquaredEpsilonInsensitive(0.1)"
        ".py_loss(predictions[0, 0], targets[0, 0])",
        ours="al.squared_epsilon_insensitive(predictions[0, 0], targets[0, 0], epsilon=0.1)",
    ),
    Peer(
        theirs="sklearn._loss.loss.HuberLoss(delta=0.25).loss(targets.ravel(), predictions.ravel())",
        ours='al.huber(predictions, targets, delta=0.25, reduction="none").ravel()',
    ),
    Peer(
        theirs="sklearn._loss.loss.HalfPoissonLoss().loss(targets.ravel(), log_rates.ravel())",
        ours='al.poisson_nll_with_log_rates(log_rates, targets, full=False, reduction="none").ravel()',
    ),
    Peer(
        theirs="sklearn.metrics.mean_poisson_deviance(targets.ravel(), predictions.ravel())",
        ours="al.poisson_deviance(predictions, targets)",
        difference="Near equality scikit-learn loses the digits.",
        example=Example({"predictions": [1.0], "targets": [1.0 + 1e-9]}, theirs=0.0, ours=1e-18),
    ),
    Peer(
        theirs="sklearn.metrics.mean_gamma_deviance(targets.ravel(), predictions.ravel())",
        ours="al.gamma_deviance(predictions, targets)",
        difference="Near equality scikit-learn loses the digits.",
        example=Example({"predictions": [1.0], "targets": [1.0 + 1e-9]}, theirs=0.0, ours=1e-18),
    ),
    Peer(
        theirs="sklearn.metrics.mean_tweedie_deviance(targets.ravel(), predictions.ravel(), power=1.5)",
        ours="al.tweedie_deviance(predictions, targets, power=1.5)",
        difference="Near equality scikit-learn loses the digits.",
        example=Example({"predictions": [1.0], "targets": [1.0 + 1e-9]}, theirs=0.0, ours=1e-18),
    ),
    Peer(
        theirs="sklearn.metrics.hinge_loss(targets.ravel(), scores.ravel())",
        ours="al.hinge(scores, targets)",
        difference="With any two labels scikit-learn takes the larger one as +1 and the other as -1.",
        example=Example({"scores": [0.5, 0.5], "targets": [0.0, 1.0]}, theirs=1.0, ours=0.75),
    ),
    Peer(
        theirs="sklearn.metrics.hinge_loss(labels, scores, labels=[0, 1, 2, 3])",
        ours="al.multiclass_hinge(scores, labels)",
    ),
    Peer(
        theirs="sklearn._loss.loss.ExponentialLoss().loss(0.5 + 0.5 * targets.ravel(), scores.ravel())",
        ours='al.exponential(scores, targets, reduction="none").ravel()',
    ),
    Peer(
        theirs="sklearn.linear_model._sgd_fast.ModifiedHuber().py_loss(targets[0, 0], scores[0, 0])",
        ours='al.modified_huber(scores, targets, reduction="none")[0, 0]',
    ),
    Peer(
        theirs="sklearn.metrics.log_loss(targets.ravel(), probs.ravel())",
        ours="al.binary_cross_entropy(probs, targets)",
        only={"targets": "0 or 1"},
        difference="scikit-learn keeps probabilities away from 0 and 1 by the machine epsilon.",
        example=Example({"probs": [0.0, 0.0], "targets": [1.0, 0.0]}, theirs=18.0218, ours=35.1573),
    ),
    Peer(
        theirs="sklearn.metrics.log_loss(labels, np.exp(log_probs), labels=[0, 1, 2, 3])",
        ours="al.nll(log_probs, labels)",
        difference="scikit-learn keeps probabilities away from 0 by the machine epsilon.",
        example=Example({"log_probs": [[-100.0, -100.0, -100.0, 0.0]], "labels": [0]}, theirs=36.0437, ours=100.0),
    ),
    Peer(
        theirs="sklearn._loss.loss.HalfBinomialLoss().loss(targets.ravel(), logits.ravel())",
        ours='al.binary_cross_entropy_with_logits(logits, targets, reduction="none").ravel()',
    ),
    Peer(
        theirs="sklearn._loss.loss.HalfMultinomialLoss(n_classes=4).loss(labels.astype(logits.dtype), logits)",
        ours='al.cross_entropy(logits, labels, reduction="none")',
    ),
)
