"""Rows of Keras 3: the functions and classes of `keras.losses`, and `keras.regularizers`.

The functions average the last axis and keep the others. The classes reduce to one number, and compute in Keras's own
float type, which is float32 unless it was changed; given weights they divide by the number of elements, unless
`reduction` says otherwise.
"""

from __future__ import annotations

import math

from agnostic_losses._peers import Example, Peer

FLOATX = "the class computes in Keras's own float type, float32"
FLOAT32_FACTOR = "Keras rounds the strength to float32"
CLIPPED = "Keras keeps probabilities in [1e-7, 1 - 1e-7]"

PEERS = (
    Peer(
        theirs="keras.losses.MeanSquaredError()(targets, predictions)",
        ours="al.squared_error(predictions, targets)",
        within=1e-6,
        because=FLOATX,
    ),
    Peer(
        theirs="keras.losses.mean_squared_error(targets, predictions)",
        ours='keras.ops.mean(al.squared_error(predictions, targets, reduction="none"), axis=-1)',
        also=("keras.metrics.mean_squared_error", "tf.keras.losses.mse", "tf.keras.losses.MSE"),
    ),
    Peer(
        theirs='keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")'
        "(targets, predictions, sample_weight=weights[:, 0])",
        ours="al.squared_error(predictions, targets, weights=weights)",
        only={"weights": "one a row"},
        within=1e-6,
        because=FLOATX,
    ),
    Peer(
        theirs="keras.losses.MeanSquaredError()(targets, predictions, sample_weight=weights[:, 0])",
        ours='keras.ops.mean(al.squared_error(predictions, targets, weights=weights, reduction="none"))',
        only={"weights": "one a row"},
        within=1e-6,
        because=FLOATX,
    ),
    Peer(
        theirs="keras.losses.MeanAbsoluteError()(targets, predictions)",
        ours="al.absolute_error(predictions, targets)",
        within=1e-6,
        because=FLOATX,
    ),
    Peer(
        theirs="keras.losses.mean_absolute_error(targets, predictions)",
        ours='keras.ops.mean(al.absolute_error(predictions, targets, reduction="none"), axis=-1)',
        also=("keras.metrics.mean_absolute_error", "tf.keras.losses.mae", "tf.keras.losses.MAE"),
    ),
    Peer(
        theirs="keras.losses.MeanSquaredLogarithmicError()(targets, predictions)",
        ours="al.squared_log_error(predictions, targets)",
        within=1e-5,
        because=FLOATX,
    ),
    Peer(
        theirs="keras.losses.mean_squared_logarithmic_error(targets, predictions)",
        ours='keras.ops.mean(al.squared_log_error(predictions, targets, reduction="none"), axis=-1)',
        also=("keras.metrics.mean_squared_logarithmic_error", "tf.keras.losses.msle", "tf.keras.losses.MSLE"),
        difference="Keras raises both numbers to at least 1e-7.",
        example=Example({"predictions": [-0.5], "targets": [0.0]}, theirs=0.0, ours=0.480453),
    ),
    Peer(
        theirs="keras.losses.MeanAbsolutePercentageError()(targets, predictions)",
        ours="100.0 * al.absolute_percentage_error(predictions, targets, floor=1e-7)",
        within=1e-6,
        because=FLOATX,
    ),
    Peer(
        theirs="keras.losses.mean_absolute_percentage_error(targets, predictions)",
        ours="100.0 * keras.ops.mean("
        'al.absolute_percentage_error(predictions, targets, floor=1e-7, reduction="none"), axis=-1)',
        also=("keras.metrics.mean_absolute_percentage_error", "tf.keras.losses.mape", "tf.keras.losses.MAPE"),
    ),
    Peer(
        theirs="keras.losses.Huber(delta=0.25)(targets, predictions)",
        ours="al.huber(predictions, targets, delta=0.25)",
        within=1e-6,
        because=FLOATX,
    ),
    Peer(
        theirs="keras.losses.huber(targets, predictions, delta=0.25)",
        ours='keras.ops.mean(al.huber(predictions, targets, delta=0.25, reduction="none"), axis=-1)',
    ),
    Peer(
        theirs="keras.losses.LogCosh()(targets, predictions)",
        ours="al.log_cosh(predictions, targets)",
        within=1e-5,
        because=FLOATX,
    ),
    Peer(
        theirs="keras.losses.log_cosh(targets, predictions)",
        ours='keras.ops.mean(al.log_cosh(predictions, targets, reduction="none"), axis=-1)',
        also=("tf.keras.losses.logcosh",),
        within=1e-7,
        because="Keras rounds log 2 to float32",
        difference="Keras subtracts log 2 in the end, and loses small errors.",
        example=Example({"predictions": [1e-9], "targets": [0.0]}, theirs=-1.90465e-09, ours=5e-19),
    ),
    Peer(
        theirs="keras.losses.poisson(targets, rates)",
        ours='keras.ops.mean(al.poisson_nll(rates, targets, full=False, reduction="none"), axis=-1)',
        also=("keras.losses.Poisson", "keras.metrics.poisson"),
        within=1e-5,
        because="Keras adds 1e-7 inside of the logarithm",
        difference="Keras adds 1e-7 inside of the logarithm.",
        example=Example({"rates": [0.0], "targets": [1.0]}, theirs=16.1181, ours=math.inf),
    ),
    Peer(
        theirs="keras.losses.Hinge()(targets, scores)",
        ours="al.hinge(scores, targets)",
        within=1e-6,
        because=FLOATX,
        difference="At the margin Keras has the gradient of the side within it, and ours has 0.",
        example=Example({"scores": [1.0], "targets": [1.0]}, theirs=-1.0, ours=0.0, gradient=True),
    ),
    Peer(
        theirs="keras.losses.hinge(targets, scores)",
        ours='keras.ops.mean(al.hinge(scores, targets, reduction="none"), axis=-1)',
        also=("keras.metrics.hinge",),
        difference="Keras turns targets 0 into -1, if all of the batch are 0 or 1.",
        example=Example({"scores": [0.5], "targets": [0.0]}, theirs=1.5, ours=1.0),
    ),
    Peer(
        theirs="keras.losses.SquaredHinge()(targets, scores)",
        ours="al.squared_hinge(scores, targets)",
        within=1e-6,
        because=FLOATX,
    ),
    Peer(
        theirs="keras.losses.squared_hinge(targets, scores)",
        ours='keras.ops.mean(al.squared_hinge(scores, targets, reduction="none"), axis=-1)',
        also=("keras.metrics.squared_hinge",),
        difference="Keras turns targets 0 into -1, if all of the batch are 0 or 1.",
        example=Example({"scores": [0.5], "targets": [0.0]}, theirs=2.25, ours=1.0),
    ),
    Peer(
        theirs="keras.losses.categorical_hinge(keras.ops.one_hot(labels, 4), scores)",
        ours='al.multiclass_hinge(scores, labels, reduction="none")',
        also=("keras.losses.CategoricalHinge",),
        only={"scores": "probabilities"},
        difference="Keras looks for the best class after setting the score of the label to 0, and finds none below 0.",
        example=Example({"scores": [[0.5, -2.0, -2.0, -2.0]], "labels": [0]}, theirs=0.5, ours=0.0),
    ),
    Peer(
        theirs="keras.losses.BinaryCrossentropy()(targets, probs)",
        ours="al.binary_cross_entropy(probs, targets)",
        within=1e-6,
        because=FLOATX,
        difference=f"{CLIPPED}, and has no gradient beyond.",
        example=Example({"probs": [0.0], "targets": [1.0]}, theirs=0.0, ours=-1.26765e30, gradient=True),
    ),
    Peer(
        theirs="keras.losses.binary_crossentropy(targets, probs)",
        ours='keras.ops.mean(al.binary_cross_entropy(probs, targets, reduction="none"), axis=-1)',
        also=("keras.metrics.binary_crossentropy",),
        difference=f"{CLIPPED}.",
        example=Example({"probs": [0.0], "targets": [1.0]}, theirs=16.1181, ours=70.3147),
    ),
    Peer(
        theirs="keras.losses.binary_crossentropy(targets, logits, from_logits=True, label_smoothing=0.2)",
        ours="keras.ops.mean(al.binary_cross_entropy_with_logits(logits, targets, label_smoothing=0.2, "
        'reduction="none"), axis=-1)',
    ),
    Peer(
        theirs="keras.losses.BinaryCrossentropy(from_logits=True)(targets, logits)",
        ours="al.binary_cross_entropy_with_logits(logits, targets)",
        within=1e-6,
        because=FLOATX,
    ),
    Peer(
        theirs="keras.losses.binary_focal_crossentropy(targets, logits, from_logits=True)",
        ours='keras.ops.mean(al.sigmoid_focal(logits, targets, reduction="none"), axis=-1)',
        also=("keras.losses.BinaryFocalCrossentropy", "keras.metrics.binary_focal_crossentropy"),
        only={"targets": "0 or 1"},
        difference="For a target between 0 and 1 Keras mixes the two probabilities before the power; ours is the mean "
        "of the losses of both labels.",
        example=Example({"logits": [1.0], "targets": [0.5]}, theirs=0.203315, ours=0.362263),
    ),
    Peer(
        theirs="keras.losses.binary_focal_crossentropy(targets, logits, from_logits=True, apply_class_balancing=True, "
        "alpha=0.25, gamma=3.0)",
        ours='keras.ops.mean(al.sigmoid_focal(logits, targets, alpha=0.25, gamma=3.0, reduction="none"), axis=-1)',
        only={"targets": "0 or 1"},
    ),
    Peer(
        theirs="keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits)",
        ours="al.cross_entropy(logits, labels)",
        within=1e-6,
        because=FLOATX,
    ),
    Peer(
        theirs="keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)",
        ours='al.cross_entropy(logits, labels, reduction="none")',
        also=("keras.metrics.sparse_categorical_crossentropy",),
        difference="A confident row has the loss 0 in Keras; ours keeps its digits.",
        example=Example({"logits": [[40.0, 0.0]], "labels": [0]}, theirs=0.0, ours=4.24835e-18),
    ),
    Peer(
        theirs="keras.losses.sparse_categorical_crossentropy(labels, keras.ops.exp(keras.ops.log_softmax(logits)))",
        ours='al.cross_entropy(logits, labels, reduction="none")',
        difference=f"{CLIPPED}.",
        example=Example({"logits": [[40.0, 0.0]], "labels": [1]}, theirs=16.1181, ours=40.0),
    ),
    Peer(
        theirs="keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=2)(labels, logits)",
        ours="al.cross_entropy(logits, labels, ignore_index=2)",
        within=1e-6,
        because=FLOATX,
    ),
    Peer(
        theirs="keras.losses.categorical_crossentropy(target_probs, logits, from_logits=True, label_smoothing=0.1)",
        ours='al.soft_cross_entropy(logits, target_probs, label_smoothing=0.1, reduction="none")',
    ),
    Peer(
        theirs="keras.losses.CategoricalCrossentropy(from_logits=True)(target_probs, logits)",
        ours="al.soft_cross_entropy(logits, target_probs)",
        within=1e-6,
        because=FLOATX,
    ),
    Peer(
        theirs="keras.losses.CategoricalCrossentropy()(target_probs, probs)",
        ours="al.categorical_cross_entropy(probs / keras.ops.sum(probs, axis=-1, keepdims=True), target_probs)",
        within=1e-6,
        because=FLOATX,
    ),
    Peer(
        theirs="keras.losses.categorical_crossentropy(target_probs, probs)",
        ours="al.categorical_cross_entropy(probs / keras.ops.sum(probs, axis=-1, keepdims=True), target_probs, "
        'reduction="none")',
        also=("keras.metrics.categorical_crossentropy",),
        difference=f"{CLIPPED}.",
        example=Example({"probs": [[0.0, 1.0]], "target_probs": [[1.0, 0.0]]}, theirs=16.1181, ours=70.3147),
    ),
    Peer(
        theirs="keras.losses.categorical_focal_crossentropy(keras.ops.one_hot(labels, 4), logits, from_logits=True)",
        ours='0.25 * al.softmax_focal(logits, labels, reduction="none")',
        also=("keras.losses.CategoricalFocalCrossentropy", "keras.metrics.categorical_focal_crossentropy"),
        difference=f"{CLIPPED}.",
        example=Example({"logits": [[40.0, 0.0, 0.0, 0.0]], "labels": [1]}, theirs=4.02952, ours=10.0),
    ),
    Peer(
        theirs="keras.losses.categorical_focal_crossentropy(keras.ops.one_hot(labels, 4), logits, from_logits=True, "
        "alpha=class_weights, gamma=3.0)",
        ours='al.softmax_focal(logits, labels, class_weights=class_weights, gamma=3.0, reduction="none")',
    ),
    Peer(
        theirs="keras.losses.categorical_generalized_cross_entropy(labels, keras.ops.softmax(logits), q=0.5)",
        ours='al.generalized_cross_entropy(logits, labels, q=0.5, reduction="none")',
        also=("keras.losses.CategoricalGeneralizedCrossEntropy",),
        difference="A label whose probability is 0 has the gradient NaN in Keras, and 0 here.",
        example=Example({"logits": [[1000.0, 0.0, 0.0, 0.0]], "labels": [1]}, theirs=math.nan, ours=0.0, gradient=True),
    ),
    Peer(
        theirs="keras.losses.kl_divergence(target_probs, keras.ops.exp(log_probs))",
        ours='al.kl_divergence(log_probs, target_probs, reduction="none")',
        also=(
            "keras.losses.KLDivergence",
            "keras.metrics.kl_divergence",
            "tf.keras.losses.kld",
            "tf.keras.losses.KLD",
            "tf.keras.losses.kullback_leibler_divergence",
        ),
        difference="Keras keeps both probabilities in [1e-7, 1].",
        example=Example({"log_probs": [[-40.0, 0.0]], "target_probs": [[1.0, 0.0]]}, theirs=16.1181, ours=40.0),
    ),
    Peer(
        theirs="keras.losses.cosine_similarity(targets, predictions)",
        ours='al.cosine_distance(predictions, targets, reduction="none") - 1.0',
        also=("keras.losses.CosineSimilarity",),
        difference="Keras takes no length below 1e-7.",
        example=Example({"predictions": [1e-8, 0.0], "targets": [1.0, 0.0]}, theirs=-0.1, ours=-1.0),
    ),
    Peer(
        theirs="keras.losses.circle(classes, tf.math.l2_normalize(embeddings, axis=-1))",
        ours='al.circle(embeddings, classes, constant_weights=False, reduction="none")',
    ),
    Peer(
        theirs="keras.losses.Circle()(classes, tf.math.l2_normalize(embeddings, axis=-1))",
        ours='al.circle(embeddings, classes, constant_weights=False, reduction="sum") / embeddings.shape[0]',
        within=1e-5,
        because=FLOATX,
    ),
    Peer(
        theirs="keras.losses.dice(targets, probs, axis=(1,))",
        ours='al.dice(probs, targets, axis=1, smooth=0.0, reduction="none")',
        also=("keras.losses.Dice",),
        within=1e-6,
        because="Keras adds 1e-7 to the denominator",
        difference="An empty region predicted empty has the loss 1 in Keras, and 0 here.",
        example=Example({"probs": [[0.0, 0.0]], "targets": [[0.0, 0.0]]}, theirs=1.0, ours=0.0),
    ),
    Peer(
        theirs="keras.losses.dice(targets, probs)",
        ours="al.dice(probs, targets, axis=(0, 1), smooth=0.0)",
        within=1e-6,
        because="Keras adds 1e-7 to the denominator",
    ),
    Peer(
        theirs="keras.losses.tversky(targets, probs, alpha=0.75, beta=0.25, axis=(1,))",
        ours='al.tversky(probs, targets, alpha=0.25, beta=0.75, axis=1, smooth=0.0, reduction="none")',
        also=("keras.losses.Tversky",),
        within=1e-6,
        because="Keras adds 1e-7 to the denominator",
        difference="Keras documents alpha as the weight of false positives, and gives it to false negatives. An empty "
        "region predicted empty has the loss 1 there, and 0 here.",
        example=Example({"probs": [[0.0, 0.0]], "targets": [[0.0, 0.0]]}, theirs=1.0, ours=0.0),
    ),
    Peer(
        theirs="keras.regularizers.L1(0.02)(parameters)",
        ours="0.02 * al.l1_penalty(parameters)",
        also=("keras.regularizers.l1",),
        within=1e-6,
        because=FLOAT32_FACTOR,
    ),
    Peer(
        theirs="keras.regularizers.L2(0.02)(parameters)",
        ours="0.02 * al.l2_penalty(parameters)",
        also=("keras.regularizers.l2",),
        within=1e-6,
        because=FLOAT32_FACTOR,
    ),
    Peer(
        theirs="keras.regularizers.L1L2(l1=0.02, l2=0.05)(parameters)",
        ours="al.elastic_net_penalty(parameters, l1=0.02, l2=0.05)",
        also=("keras.regularizers.l1_l2",),
        only={"parameters": "one array"},
        within=1e-6,
        because=FLOAT32_FACTOR,
    ),
    Peer(
        theirs='keras.regularizers.OrthogonalRegularizer(1.0, "rows")(parameters)',
        ours="al.orthogonality(parameters)",
        also=("keras.regularizers.orthogonal_regularizer",),
        agrees=False,
        difference="Keras takes the mean of the absolute cosines; ours has squares, and the lengths count.",
        example=Example({"parameters": [[1.0, 0.0], [3.0, 4.0]]}, theirs=0.6, ours=594.0, dtype="float32"),
    ),
    Peer(
        theirs="keras.losses.ctc(labels, logits)",
        ours='al.ctc(logits, labels, reduction="none")',
        within=1e-6,
        because="on TensorFlow it computes in float32",
        difference="Keras reads labels of 0 as padding, and all frames of every sequence. Where no path has the "
        "labels, it returns about 707, with a gradient.",
        example=Example({"logits": [[[0.0, 0.0], [0.0, 0.0]]], "labels": [[1, 1]]}, theirs=706.894, ours=math.inf),
    ),
    Peer(
        theirs="keras.losses.CTC()(labels, logits)",
        ours="al.ctc(logits, labels)",
        within=1e-6,
        because=FLOATX,
    ),
)
