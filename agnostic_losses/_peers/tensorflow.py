"""Rows of TensorFlow itself: `tf.nn`, and the losses of version 1 that it still has. `tf.keras` is with Keras.

The losses of version 1 divide by the number of elements with a weight that is not 0.
"""

from __future__ import annotations

import math

from agnostic_losses._peers import Example, Peer

PEERS = (
    Peer(
        theirs="tf.image.total_variation(predictions[..., None])",
        ours="al.total_variation(predictions, axis=(0, 1))",
    ),
    Peer(theirs="tf.nn.l2_loss(parameters)", ours="0.5 * al.l2_penalty(parameters)"),
    Peer(
        theirs="tf.nn.l2_loss(predictions - targets)",
        ours='0.5 * al.squared_error(predictions, targets, reduction="sum")',
    ),
    Peer(
        theirs="tf.nn.log_poisson_loss(targets, log_rates)",
        ours='al.poisson_nll_with_log_rates(log_rates, targets, full=False, reduction="none")',
    ),
    Peer(
        theirs="tf.nn.log_poisson_loss(targets, log_rates, compute_full_loss=True)",
        ours='al.poisson_nll_with_log_rates(log_rates, targets, reduction="none")',
        agrees=False,
        difference="TensorFlow adds Stirling's approximation of log(y!), and that only above 1.",
        example=Example({"log_rates": [0.0], "targets": [3.0]}, theirs=2.76408, ours=2.79176),
    ),
    Peer(
        theirs="tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits)",
        ours='al.binary_cross_entropy_with_logits(logits, targets, reduction="none")',
    ),
    Peer(
        theirs="tf.nn.weighted_cross_entropy_with_logits(labels=targets, logits=logits, pos_weight=pos_weight)",
        ours='al.binary_cross_entropy_with_logits(logits, targets, pos_weight=pos_weight, reduction="none")',
    ),
    Peer(
        theirs="tf.nn.softmax_cross_entropy_with_logits(labels=target_probs, logits=logits)",
        ours='al.soft_cross_entropy(logits, target_probs, reduction="none")',
        difference="TensorFlow returns NaN for a logit of -inf, also where the target is 0.",
        example=Example(
            {"logits": [[-math.inf, 0.0, 0.0]], "target_probs": [[0.0, 1.0, 0.0]]}, theirs=math.nan, ours=0.693147
        ),
    ),
    Peer(
        theirs="tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)",
        ours='al.cross_entropy(logits, labels, reduction="none")',
        difference="A confident row has the loss 0 in TensorFlow; ours keeps its digits.",
        example=Example({"logits": [[40.0, 0.0]], "labels": [0]}, theirs=0.0, ours=4.24835e-18),
    ),
    Peer(
        theirs="tf.compat.v1.losses.mean_squared_error(targets, predictions)",
        ours="al.squared_error(predictions, targets)",
        within=1e-6,
        because="it computes in float32",
    ),
    Peer(
        theirs="tf.compat.v1.losses.absolute_difference(targets, predictions)",
        ours="al.absolute_error(predictions, targets)",
        within=1e-6,
        because="it computes in float32",
    ),
    Peer(
        theirs="tf.compat.v1.losses.huber_loss(targets, predictions, delta=0.25)",
        ours="al.huber(predictions, targets, delta=0.25)",
        within=1e-6,
        because="it computes in float32",
    ),
    Peer(
        theirs="tf.compat.v1.losses.hinge_loss((targets + 1) / 2, scores)",
        ours="al.hinge(scores, targets)",
        within=1e-6,
        because="it computes in float32",
    ),
    Peer(
        theirs="tf.compat.v1.losses.log_loss(targets, probs)",
        ours="al.binary_cross_entropy(probs, targets)",
        within=2e-5,
        because="it adds 1e-7 inside of the logarithms, and computes in float32",
        difference="TensorFlow adds 1e-7 inside of the logarithms.",
        example=Example({"probs": [0.0], "targets": [1.0]}, theirs=16.1181, ours=70.3147),
    ),
    Peer(
        theirs="tf.compat.v1.losses.sigmoid_cross_entropy(targets, logits, label_smoothing=0.2)",
        ours="al.binary_cross_entropy_with_logits(logits, targets, label_smoothing=0.2)",
        within=1e-6,
        because="it computes in float32",
    ),
    Peer(
        theirs="tf.compat.v1.losses.softmax_cross_entropy(target_probs, logits, label_smoothing=0.1)",
        ours="al.soft_cross_entropy(logits, target_probs, label_smoothing=0.1)",
        within=1e-6,
        because="it computes in float32",
    ),
    Peer(
        theirs="tf.compat.v1.losses.sparse_softmax_cross_entropy(labels, logits)",
        ours="al.cross_entropy(logits, labels)",
        within=1e-6,
        because="it computes in float32",
    ),
    Peer(
        theirs="tf.compat.v1.losses.cosine_distance(tf.nn.l2_normalize(targets, -1), "
        "tf.nn.l2_normalize(predictions, -1), axis=-1)",
        ours="al.cosine_distance(predictions, targets)",
        within=1e-6,
        because="it computes in float32",
    ),
    Peer(
        theirs="tf.nn.ctc_loss(tf.cast(labels, tf.int32), tf.cast(logits, tf.float32), "
        "tf.cast(label_lengths, tf.int32), tf.cast(input_lengths, tf.int32), logits_time_major=False, blank_index=0)",
        ours='al.ctc(logits, labels, input_lengths, label_lengths, reduction="none")',
        within=1e-6,
        because="it takes float32 alone",
        difference="Where no path has the labels, TensorFlow returns about 707, with a gradient.",
        example=Example(
            {
                "logits": [[[0.0, 0.0], [0.0, 0.0]]],
                "labels": [[1, 1]],
                "input_lengths": [2],
                "label_lengths": [2],
            },
            theirs=706.894,
            ours=math.inf,
        ),
    ),
)
