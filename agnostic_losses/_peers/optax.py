"""Rows of optax: `optax.losses`. None of its functions takes weights, and few reduce."""

from __future__ import annotations

import math

from agnostic_losses._peers import Example, Peer

PEERS = (
    Peer(
        theirs="optax.losses.squared_error(predictions, targets)",
        ours='al.squared_error(predictions, targets, reduction="none")',
        also=("optax.squared_error",),
    ),
    Peer(
        theirs="optax.losses.l2_loss(predictions, targets)",
        ours='0.5 * al.squared_error(predictions, targets, reduction="none")',
        also=("optax.l2_loss",),
    ),
    Peer(
        theirs="optax.losses.huber_loss(predictions, targets, delta=0.25)",
        ours='al.huber(predictions, targets, delta=0.25, reduction="none")',
        also=("optax.huber_loss",),
        difference="optax subtracts two nearly equal gradients, and has 0 for a small error.",
        example=Example(
            {"predictions": [1e-9], "targets": [0.0]}, theirs=0.0, ours=1e-9, gradient=True, dtype="float32"
        ),
    ),
    Peer(
        theirs="optax.losses.log_cosh(predictions, targets)",
        ours='al.log_cosh(predictions, targets, reduction="none")',
        also=("optax.log_cosh",),
        difference="optax subtracts log 2 in the end, and loses small errors.",
        example=Example({"predictions": [1e-9], "targets": [0.0]}, theirs=0.0, ours=5e-19),
    ),
    Peer(
        theirs="optax.losses.hinge_loss(scores, targets)",
        ours='al.hinge(scores, targets, reduction="none")',
        also=("optax.hinge_loss",),
        difference="At the margin optax has half of the gradient, and ours has 0.",
        example=Example({"scores": [1.0], "targets": [1.0]}, theirs=-0.5, ours=0.0, gradient=True),
    ),
    Peer(
        theirs="optax.losses.perceptron_loss(scores, targets)",
        ours='al.perceptron(scores, targets, reduction="none")',
        difference="At the score 0 optax has half of the gradient beside it, and ours has 0.",
        example=Example({"scores": [0.0], "targets": [1.0]}, theirs=-0.5, ours=0.0, gradient=True),
    ),
    Peer(
        theirs="optax.losses.multiclass_hinge_loss(scores, labels)",
        ours='al.multiclass_hinge(scores, labels, reduction="none")',
    ),
    Peer(
        theirs="optax.losses.multiclass_perceptron_loss(scores, labels)",
        ours='al.multiclass_perceptron(scores, labels, reduction="none")',
    ),
    Peer(
        theirs="optax.losses.sigmoid_binary_cross_entropy(logits, targets)",
        ours='al.binary_cross_entropy_with_logits(logits, targets, reduction="none")',
        also=("optax.sigmoid_binary_cross_entropy",),
    ),
    Peer(
        theirs="optax.losses.sigmoid_focal_loss(logits, targets, alpha=0.25, gamma=3.0)",
        ours='al.sigmoid_focal(logits, targets, alpha=0.25, gamma=3.0, reduction="none")',
        also=("optax.sigmoid_focal_loss",),
        only={"targets": "0 or 1"},
        difference="For a target between 0 and 1 optax mixes the two probabilities before the power; ours is the mean "
        "of the losses of both labels.",
        example=Example({"logits": [1.0], "targets": [0.5]}, theirs=0.0508289, ours=0.193177),
    ),
    Peer(
        theirs="optax.losses.softmax_cross_entropy_with_integer_labels(logits, labels)",
        ours='al.cross_entropy(logits, labels, reduction="none")',
        also=("optax.softmax_cross_entropy_with_integer_labels",),
        difference="A confident row has the loss 0 in optax; ours keeps its digits.",
        example=Example({"logits": [[40.0, 0.0]], "labels": [0]}, theirs=0.0, ours=4.24835e-18),
    ),
    Peer(
        theirs="optax.losses.softmax_cross_entropy(logits, target_probs)",
        ours='al.soft_cross_entropy(logits, target_probs, reduction="none")',
        also=("optax.softmax_cross_entropy",),
        difference="optax returns NaN for a logit of -inf, also where the target is 0.",
        example=Example(
            {"logits": [[-math.inf, 0.0, 0.0]], "target_probs": [[0.0, 1.0, 0.0]]}, theirs=math.nan, ours=0.693147
        ),
    ),
    Peer(
        theirs="optax.losses.softmax_cross_entropy(logits, optax.losses.smooth_labels(target_probs, 0.1))",
        ours='al.soft_cross_entropy(logits, target_probs, label_smoothing=0.1, reduction="none")',
    ),
    Peer(
        theirs="optax.losses.safe_softmax_cross_entropy(logits, target_probs)",
        ours='al.soft_cross_entropy(logits, target_probs, reduction="none")',
        also=("optax.safe_softmax_cross_entropy",),
    ),
    Peer(
        theirs="optax.losses.multiclass_sparsemax_loss(logits.astype(float), labels)",
        ours='al.sparsemax(logits, labels, reduction="none")',
    ),
    Peer(
        theirs="optax.losses.sparsemax_loss(logits, targets)",
        ours='al.binary_sparsemax(logits, targets, reduction="none")',
        only={"targets": "0 or 1"},
        difference="optax takes every target but 0 for 1.",
        example=Example({"logits": [0.0], "targets": [0.5]}, theirs=0.25, ours=0.0),
    ),
    Peer(
        theirs="optax.losses.poly_loss_cross_entropy(logits, jax.nn.one_hot(labels, 4, dtype=logits.dtype), "
        "epsilon=0.5)",
        ours='al.poly_cross_entropy(logits, labels, epsilon=0.5, reduction="none")',
        difference="A confident row has the loss 0 in optax; ours keeps its digits.",
        example=Example({"logits": [[40.0, 0.0, 0.0, 0.0]], "labels": [0]}, theirs=0.0, ours=1.91176e-17),
    ),
    Peer(
        theirs="optax.losses.kl_divergence(log_probs, target_probs)",
        ours='al.kl_divergence(log_probs, target_probs, reduction="none")',
        also=("optax.kl_divergence",),
        difference="optax returns NaN for a prediction of -inf where the target is 0.",
        example=Example({"log_probs": [[-math.inf, 0.0]], "target_probs": [[0.0, 1.0]]}, theirs=math.nan, ours=0.0),
    ),
    Peer(
        theirs="optax.losses.generalized_kl_divergence(log_probs, target_probs)",
        ours='al.generalized_kl(log_probs, target_probs, reduction="none")',
        also=("optax.losses.convex_kl_divergence", "optax.generalized_kl_divergence", "optax.convex_kl_divergence"),
        difference="optax subtracts nearly equal numbers close to the target.",
        example=Example({"log_probs": [[1e-9]], "target_probs": [[1.0]]}, theirs=8.27404e-17, ours=5e-19),
    ),
    Peer(
        theirs="optax.losses.kl_divergence_with_log_targets(log_probs, target_log_probs)",
        ours='al.kl_divergence_with_log_targets(log_probs, target_log_probs, reduction="none")',
        difference="optax returns NaN for a log-target of -inf.",
        example=Example(
            {"log_probs": [[math.log(0.5), math.log(0.5)]], "target_log_probs": [[-math.inf, 0.0]]},
            theirs=math.nan,
            ours=0.693147,
        ),
    ),
    Peer(
        theirs="optax.losses.cosine_distance(predictions, targets)",
        ours='al.cosine_distance(predictions, targets, reduction="none")',
        also=("optax.cosine_distance",),
        difference="A zero vector has the distance NaN in optax, unless epsilon is given, and 1 here.",
        example=Example({"predictions": [0.0, 0.0], "targets": [1.0, 0.0]}, theirs=math.nan, ours=1.0),
    ),
    Peer(
        theirs="optax.losses.cosine_similarity(predictions, targets)",
        ours='1.0 - al.cosine_distance(predictions, targets, reduction="none")',
        also=("optax.cosine_similarity",),
    ),
    Peer(
        theirs="optax.losses.triplet_margin_loss(anchors, positives, negatives, margin=0.5)",
        ours='al.triplet_margin(anchors, positives, negatives, margin=0.5, reduction="none")',
        within=1e-5,
        because="optax adds 1e-6 under the root",
        difference="Equal vectors have a distance in optax.",
        example=Example(
            {"anchors": [[0.0, 0.0]], "positives": [[0.0, 0.0]], "negatives": [[0.5, 0.0]]}, theirs=0.000999, ours=0
        ),
    ),
    Peer(
        theirs="optax.losses.triplet_margin_loss(anchors, positives, negatives, norm_degree=1, eps=0.0)",
        ours='al.triplet_margin(anchors, positives, negatives, p=1.0, reduction="none")',
        agrees=False,
        difference="optax takes the power of the differences without their absolute value, which is no distance for "
        "an odd power.",
        example=Example(
            {"anchors": [[0.0, 0.0]], "positives": [[1.0, 0.0]], "negatives": [[1.5, 0.0]]}, theirs=1.5, ours=0.5
        ),
    ),
    Peer(
        theirs="optax.losses.ntxent(jnp.concatenate([view_a, view_b]), jnp.tile(jnp.arange(len(view_a)), 2), "
        "temperature=0.5)",
        ours="al.nt_xent(view_a, view_b, temperature=0.5)",
        also=("optax.ntxent",),
    ),
    Peer(
        theirs="optax.losses.ranking_softmax_loss(scores, targets)",
        ours="al.ranking_softmax(scores, targets)",
    ),
    Peer(
        theirs="optax.losses.dice_loss(jnp.log(probs), targets, smooth=0.5, axis=0)",
        ours="al.dice(probs / jnp.sum(probs, axis=-1, keepdims=True), targets, smooth=1.0, axis=0)",
    ),
    Peer(
        theirs="optax.losses.dice_loss(probs, targets, apply_softmax=False, axis=0)",
        ours="al.dice(probs, targets, smooth=2.0, axis=0)",
        only={"probs": "sum to 1"},
    ),
    Peer(
        theirs="optax.losses.dice_loss(jnp.log(probs), targets, alpha=0.25, beta=0.75, smooth=0.5, axis=0)",
        ours="al.tversky(probs / jnp.sum(probs, axis=-1, keepdims=True), targets, alpha=0.25, beta=0.75, smooth=0.5, "
        "axis=0)",
    ),
    Peer(
        theirs="optax.losses.multiclass_generalized_dice_loss(jnp.log(probs), targets, smooth=0.0)",
        ours="al.generalized_dice(probs, targets, axis=(1, 2))",
        agrees=False,
        difference="optax has the mean of each class's Dice loss with the same weights, here it is one ratio of sums.",
        example=Example(
            {
                "probs": [[[0.5, 0.5], [0.25, 0.75], [0.5, 0.5]]],
                "targets": [[[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]],
            },
            theirs=0.511111,
            ours=0.490196,
        ),
    ),
    Peer(
        theirs="optax.losses.binary_dice_loss(jax.scipy.special.logit(probs), targets)",
        ours='al.dice(probs, targets, smooth=2.0, reduction="none")',
    ),
    Peer(
        theirs="optax.losses.multiclass_generalized_dice_loss(jnp.log(probs)[None], targets[None])",
        ours="al.dice(probs / jnp.sum(probs, axis=-1, keepdims=True), targets, smooth=2.0, axis=0, "
        "weights=1.0 / (jnp.sum(targets, axis=0) ** 2 + 1e-7))",
    ),
    Peer(
        theirs="optax.losses.kl_divergence_with_log_targets(jax.nn.log_softmax(logits / 4.0), "
        "jax.nn.log_softmax(target_logits / 4.0)) * 16.0",
        ours='al.distillation(logits, target_logits, temperature=4.0, reduction="none")',
        within=1e-13,
        because="the difference of the logarithms cancels in theirs",
    ),
    Peer(
        theirs="optax.losses.ctc_loss(logits, 1.0 * (jnp.arange(logits.shape[1]) >= input_lengths[:, None]), labels, "
        "1.0 * (jnp.arange(labels.shape[1]) >= label_lengths[:, None]))",
        ours='al.ctc(logits, labels, input_lengths, label_lengths, reduction="none")',
        also=("optax.ctc_loss",),
        difference="Where no path has the labels, optax returns about 1e5, with a gradient.",
        example=Example(
            {
                "logits": [[[0.0, 0.0], [0.0, 0.0]]],
                "labels": [[1, 1]],
                "input_lengths": [2],
                "label_lengths": [2],
            },
            theirs=99999.2,
            ours=math.inf,
        ),
    ),
    Peer(
        theirs="optax.losses.ctc_loss_with_forward_probs(logits, jnp.zeros(logits.shape[:2]), labels, "
        "jnp.zeros(labels.shape))[0]",
        ours='al.ctc(logits, labels, reduction="none")',
        also=("optax.ctc_loss_with_forward_probs",),
    ),
)
