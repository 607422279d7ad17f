"""Adversarial pairs of losses, their gradient penalty, and the comparison of features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Reduction
from agnostic_losses.backends import shape
from agnostic_losses.ops import check_at_least, check_same_shape, prepare, prepare_pair, reduce


@loss(family="generative")
def gan_discriminator(
    real_logits: Array,
    fake_logits: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Discriminator's loss in the GAN game: binary cross entropy of real samples as 1 and generated ones as 0.

    .. math:: l = -\log D(x) - \log(1 - D(G(z))), \qquad D = \sigma(\text{logit})

    Parameters
    ----------
    real_logits : array
        The discriminator's logits of real samples, of any shape.
    fake_logits : array
        Its logits of generated samples, in the same shape.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `real_logits` for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    The value of the whole game, :math:`V(D, G) = E \log D(x) + E \log(1 - D(G(z)))`, which the discriminator
    maximises and the saturating generator minimises, is minus the mean of this loss: :math:`-\log 4` at equilibrium.

    References
    ----------
    I. Goodfellow et al., "Generative Adversarial Nets", NeurIPS 2014.
    """
    xp, real_logits, fake_logits = prepare_pair(real_logits=real_logits, fake_logits=fake_logits, where=where)
    values = ops.softplus(-real_logits, xp=xp) + ops.softplus(fake_logits, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="generative")
def gan_generator(
    fake_logits: Array,
    *,
    saturating: bool = False,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Generator's loss in the GAN game.

    .. math:: l = -\log D(G(z)) \quad \text{or, saturating,} \quad l = \log(1 - D(G(z)))

    Parameters
    ----------
    fake_logits : array
        The discriminator's logits of generated samples, of any shape.
    saturating : bool
        Whether to minimise :math:`\log(1 - D)`, the second term of the game itself, the gradient of which vanishes
        while the discriminator wins; otherwise :math:`-\log D`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `fake_logits` for ``reduction="none"``. In nats; the saturating form is negative.

    Raises
    ------
    ValueError
        If the weights, the mask or the reduction do not fit.

    References
    ----------
    I. Goodfellow et al., "Generative Adversarial Nets", NeurIPS 2014.
    """
    xp, fake_logits = prepare(fake_logits=fake_logits, where=where)
    values = -ops.softplus(fake_logits, xp=xp) if saturating else ops.softplus(-fake_logits, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="generative")
def wasserstein_critic(
    real_scores: Array,
    fake_scores: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Critic's loss in the Wasserstein GAN game.

    .. math:: l = f(G(z)) - f(x)

    Parameters
    ----------
    real_scores : array
        The critic's scores :math:`f` of real samples, of any shape.
    fake_scores : array
        Its scores of generated samples, in the same shape.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `real_scores` for ``reduction="none"``. Minus the mean estimates the Wasserstein
        distance if the critic is 1-Lipschitz, see `gradient_penalty`.

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    M. Arjovsky, S. Chintala and L. Bottou, "Wasserstein Generative Adversarial Networks", ICML 2017.
    """
    _, real_scores, fake_scores = prepare_pair(real_scores=real_scores, fake_scores=fake_scores, where=where)
    return reduce(fake_scores - real_scores, weights=weights, where=where, reduction=reduction)


@loss(family="generative")
def wasserstein_generator(
    fake_scores: Array,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Generator's loss in the Wasserstein GAN game.

    .. math:: l = -f(G(z))

    Parameters
    ----------
    fake_scores : array
        The critic's scores :math:`f` of generated samples, of any shape.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `fake_scores` for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the weights, the mask or the reduction do not fit.

    References
    ----------
    M. Arjovsky, S. Chintala and L. Bottou, "Wasserstein Generative Adversarial Networks", ICML 2017.
    """
    _, fake_scores = prepare(fake_scores=fake_scores, where=where)
    return reduce(-fake_scores, weights=weights, where=where, reduction=reduction)


@loss(family="generative")
def gradient_penalty(
    gradients: Array,
    *,
    target: float = 1.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Penalty on the length of a critic's gradients, which keeps it Lipschitz.

    .. math:: l = (\lVert g \rVert_2 - t)^2

    Parameters
    ----------
    gradients : array
        Gradients :math:`g` of the critic by its input, one sample for each place of the first axis; all other axes
        belong to the sample.
    target : float
        The wanted length :math:`t`: 1 for WGAN-GP, 0 for the zero-centred penalty.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over samples.

    Returns
    -------
    array
        A scalar; the shape (n,) for ``reduction="none"``.

    Raises
    ------
    ValueError
        If `gradients` has no first axis.

    Notes
    -----
    The caller differentiates the critic, at points between real and generated samples in the paper. A gradient of
    zero has gradient 0 here, where the root of a sum of squares has NaN.

    References
    ----------
    I. Gulrajani et al., "Improved Training of Wasserstein GANs", NeurIPS 2017.
    """
    xp, gradients = prepare(gradients=gradients)
    if gradients.ndim == 0:
        raise ValueError("gradients must have samples along the first axis, got a scalar")
    gradients = gradients if gradients.ndim > 1 else xp.expand_dims(gradients, axis=-1)
    features = tuple(range(1, gradients.ndim))
    gradients = ops.exclude(gradients, where, features, xp=xp)
    target = check_at_least(0.0, target=target)
    if target:
        values = xp.square(ops.norm(gradients, features, xp=xp) - target)
    else:  # smooth at a gradient of zero, where a length is not
        values = xp.sum(xp.square(gradients), axis=features)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="generative")
def perceptual(
    features: Sequence[Array],
    target_features: Sequence[ArrayLike],
    *,
    layer_weights: Sequence[float] | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Perceptual loss: squared error between the features that a network has of two images.

    .. math:: l = \sum_{k} \lambda_k \frac{1}{n_k} \lVert \phi_k(\hat x) - \phi_k(x) \rVert_2^2

    Parameters
    ----------
    features : sequence of arrays
        For each layer :math:`k` the activations of the predictions, samples along the first axis. The caller's
        network makes them.
    target_features : sequence of arrays
        The activations of the targets, in the same shapes.
    layer_weights : sequence of float, optional
        One factor :math:`\lambda_k` a layer; 1 when absent.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over samples.

    Returns
    -------
    array
        A scalar; the shape (n,) for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the numbers of layers or the shapes differ, or there is no layer.

    Notes
    -----
    Each layer is averaged over its :math:`n_k` activations a sample, as in the paper.

    References
    ----------
    J. Johnson, A. Alahi and L. Fei-Fei, "Perceptual Losses for Real-Time Style Transfer and Super-Resolution",
    ECCV 2016.
    """
    factors = _factors_of_layers(features, target_features, layer_weights)
    pairs = enumerate(zip(features, target_features, strict=True))
    errors = [_layer_error(first, second, layer, where) for layer, (first, second) in pairs]
    check_same_shape(**{f"features[{layer}] without activations": error for layer, error in enumerate(errors)})
    layers = zip(factors, errors, strict=True)
    values = sum(check_at_least(0.0, layer_weights=factor) * error for factor, error in layers)
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _factors_of_layers(features: Any, target_features: Any, layer_weights: Any) -> Sequence[float]:
    if ops.is_array(features) or ops.is_array(target_features):
        raise TypeError("features and target_features must be sequences of arrays, one a layer, got one array")
    ops.array_namespace(*features)
    factors: Sequence[float] = [1.0] * len(features) if layer_weights is None else layer_weights
    if not len(features) == len(target_features) == len(factors) > 0:
        raise ValueError(
            f"features, target_features and layer_weights must have one entry a layer, "
            f"got {len(features)}, {len(target_features)} and {len(factors)}"
        )
    return factors


def _layer_error(features: Any, target_features: Any, layer: int, where: Any) -> Any:
    name, target_name = f"features[{layer}]", f"target_features[{layer}]"
    rank = len(shape(features)) if ops.is_array(features) else 0
    if rank < 2:
        raise ValueError(f"{name} must be an array of samples with activations, got {type(features).__name__}")
    axes = tuple(range(1, rank))
    xp, first, second = prepare_pair(**{name: features, target_name: target_features}, axes=axes, where=where)
    return xp.mean(xp.square(first - second), axis=axes)
