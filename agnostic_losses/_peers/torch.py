"""Rows of PyTorch: `torch.nn.functional`, the classes of `torch.nn`, and `torch.distributions`.

The classes of `torch.nn` take the options in their constructor and call the functions. Classes lie along axis 1, and
the label -100 is left out unless `ignore_index` says otherwise; here it is out of range.
"""

from __future__ import annotations

import math

from agnostic_losses._peers import Example, Peer

PEERS = (
    Peer(
        theirs="torch.nn.functional.mse_loss(predictions, targets)",
        ours="al.squared_error(predictions, targets)",
        also=("torch.nn.MSELoss",),
    ),
    Peer(
        theirs='torch.nn.functional.mse_loss(predictions, targets, reduction="sum")',
        ours='al.squared_error(predictions, targets, reduction="sum")',
    ),
    Peer(
        theirs='torch.nn.functional.mse_loss(predictions, targets, reduction="none")',
        ours='al.squared_error(predictions, targets, reduction="none")',
    ),
    Peer(
        theirs="torch.nn.functional.mse_loss(predictions, targets, weight=weights)",
        ours="al.squared_error(predictions, targets, weights=weights)",
    ),
    Peer(
        theirs="torch.nn.functional.mse_loss(predictions[where], targets[where])",
        ours="al.squared_error(predictions, targets, where=where)",
    ),
    Peer(
        theirs="torch.nn.functional.l1_loss(predictions, targets)",
        ours="al.absolute_error(predictions, targets)",
        also=("torch.nn.L1Loss",),
    ),
    Peer(
        theirs="torch.nn.functional.l1_loss(predictions, targets, weight=weights)",
        ours="al.absolute_error(predictions, targets, weights=weights)",
    ),
    Peer(
        theirs="torch.nn.functional.huber_loss(predictions, targets, delta=0.25)",
        ours="al.huber(predictions, targets, delta=0.25)",
        also=("torch.nn.HuberLoss",),
    ),
    Peer(
        theirs="torch.nn.functional.huber_loss(predictions, targets, weight=weights)",
        ours='al.huber(predictions, targets, weights=weights, reduction="none").mean()',
    ),
    Peer(
        theirs="torch.nn.functional.smooth_l1_loss(predictions, targets, beta=0.25)",
        ours="al.smooth_l1(predictions, targets, beta=0.25)",
        also=("torch.nn.SmoothL1Loss",),
    ),
    Peer(
        theirs="torch.nn.functional.smooth_l1_loss(predictions, targets, beta=0.0)",
        ours="al.smooth_l1(predictions, targets, beta=0.0)",
    ),
    Peer(
        theirs="torch.nn.functional.pairwise_distance(predictions, targets, p=3.0, eps=0.0)",
        ours='al.minkowski(predictions, targets, p=3.0, reduction="none")',
        also=("torch.nn.PairwiseDistance",),
    ),
    Peer(
        theirs="torch.nn.functional.pairwise_distance(predictions, targets)",
        ours='al.minkowski(predictions, targets, reduction="none")',
        within=1e-5,
        because="torch adds 1e-6 to the error",
        difference="torch adds 1e-6 to the error, and equal vectors have a distance.",
        example=Example({"predictions": [[0.0, 0.0]], "targets": [[0.0, 0.0]]}, theirs=1.41421e-06, ours=0.0),
    ),
    Peer(
        theirs="torch.nn.functional.poisson_nll_loss(rates, targets, log_input=False, eps=0.0)",
        ours="al.poisson_nll(rates, targets, full=False)",
        also=("torch.nn.PoissonNLLLoss",),
    ),
    Peer(
        theirs="torch.nn.functional.poisson_nll_loss(rates, targets, log_input=False, full=True)",
        ours="al.poisson_nll(rates, targets)",
        agrees=False,
        difference="torch adds Stirling's approximation of log(y!), and that only above 1.",
        example=Example({"rates": [2.0], "targets": [3.0]}, theirs=1.68464, ours=1.71232),
    ),
    Peer(
        theirs="torch.nn.functional.poisson_nll_loss(log_rates, targets)",
        ours="al.poisson_nll_with_log_rates(log_rates, targets, full=False)",
    ),
    Peer(
        theirs="torch.distributions.Gamma(shape, shape / mean).log_prob(targets)",
        ours='-al.gamma_nll(mean, shape, targets, reduction="none")',
    ),
    Peer(
        theirs="torch.nn.functional.gaussian_nll_loss(mean, targets, var)",
        ours="al.gaussian_nll(mean, var, targets, full=False)",
        also=("torch.nn.GaussianNLLLoss",),
        difference="torch takes no variance below 1e-6.",
        example=Example({"mean": [0.0], "var": [1e-9], "targets": [0.0]}, theirs=-6.90776, ours=-10.3616),
    ),
    Peer(
        theirs="torch.nn.functional.gaussian_nll_loss(mean, targets, var, full=True)",
        ours="al.gaussian_nll(mean, var, targets)",
    ),
    Peer(
        theirs="torch.distributions.Laplace(mean, scale).log_prob(targets)",
        ours='-al.laplace_nll(mean, scale, targets, reduction="none")',
    ),
    Peer(
        theirs="torch.distributions.StudentT(df, mean, scale).log_prob(targets)",
        ours='-al.student_t_nll(mean, scale, df, targets, reduction="none")',
    ),
    Peer(
        theirs="torch.distributions.NegativeBinomial(shape, logits=torch.log(mean / shape), validate_args=False)"
        ".log_prob(targets)",
        ours='-al.negative_binomial_nll(mean, shape, targets, reduction="none")',
        difference="torch loses the digits of its log-gammas for large shapes.",
        example=Example({"mean": [1.0], "shape": [1e14], "targets": [1.0]}, theirs=-1.23619, ours=-1.0),
    ),
    Peer(
        theirs="torch.distributions.MixtureSameFamily(torch.distributions.Categorical(logits=logits), "
        "torch.distributions.Normal(mean, torch.sqrt(var))).log_prob(targets)",
        ours='-al.gaussian_mixture_nll(logits, mean, var, targets, reduction="none")',
    ),
    Peer(
        theirs="torch.distributions.MultivariateNormal(mean, scale_tril=torch.tril(cholesky)).log_prob(targets)",
        ours='-al.multivariate_gaussian_nll(mean, cholesky, targets, reduction="none")',
    ),
    Peer(
        theirs="torch.nn.functional.hinge_embedding_loss(scores * targets, -torch.ones_like(scores))",
        ours="al.hinge(scores, targets)",
        also=("torch.nn.HingeEmbeddingLoss",),
    ),
    Peer(
        theirs="torch.nn.functional.margin_ranking_loss(scores, torch.zeros_like(scores), targets, margin=1.0)",
        ours="al.hinge(scores, targets)",
        also=("torch.nn.MarginRankingLoss",),
    ),
    Peer(
        theirs="torch.nn.functional.binary_cross_entropy(probs, targets)",
        ours="al.binary_cross_entropy(probs, targets)",
        also=("torch.nn.BCELoss",),
        difference="torch stops each logarithm at -100; ours goes on as a tangent from 7.9e-31.",
        example=Example({"probs": [0.0], "targets": [1.0]}, theirs=100.0, ours=70.3147),
    ),
    Peer(
        theirs="torch.nn.functional.binary_cross_entropy(probs, targets, weight=weights)",
        ours='al.binary_cross_entropy(probs, targets, weights=weights, reduction="none").mean()',
        difference="At an impossible label torch stops the gradient at 1e12, far from the slope of its value.",
        example=Example(
            {"probs": [0.0], "targets": [1.0], "weights": [1.0]}, theirs=-1e12, ours=-1.26765e30, gradient=True
        ),
    ),
    Peer(
        theirs="torch.nn.functional.binary_cross_entropy_with_logits(logits, targets)",
        ours="al.binary_cross_entropy_with_logits(logits, targets)",
        also=("torch.nn.BCEWithLogitsLoss",),
        difference="torch rounds 1 + exp(z) in float32, and returns 0 for a confident logit.",
        example=Example({"logits": [-17.0], "targets": [0.0]}, theirs=0.0, ours=4.13994e-08, dtype="float32"),
    ),
    Peer(
        theirs="torch.nn.functional.binary_cross_entropy_with_logits(logits, targets, pos_weight=pos_weight)",
        ours="al.binary_cross_entropy_with_logits(logits, targets, pos_weight=pos_weight)",
    ),
    Peer(
        theirs="torch.nn.functional.binary_cross_entropy_with_logits(logits, targets, weight=weights)",
        ours='al.binary_cross_entropy_with_logits(logits, targets, weights=weights, reduction="none").mean()',
    ),
    Peer(
        theirs="torch.nn.functional.multilabel_soft_margin_loss(logits, targets)",
        ours="al.multilabel_soft_margin(logits, targets)",
        also=("torch.nn.MultiLabelSoftMarginLoss",),
    ),
    Peer(
        theirs="torch.nn.functional.multilabel_soft_margin_loss(logits, targets, weight=class_weights, "
        'reduction="none")',
        ours='al.multilabel_soft_margin(logits, targets, class_weights=class_weights, reduction="none")',
    ),
    Peer(
        theirs="torch.nn.functional.multilabel_margin_loss(scores, torch.where("
        "targets.sort(dim=-1, descending=True, stable=True).values > 0, "
        "targets.argsort(dim=-1, descending=True, stable=True), -1))",
        ours="al.multilabel_margin(scores, targets)",
        also=("torch.nn.MultiLabelMarginLoss",),
    ),
    Peer(
        theirs="torch.nn.functional.soft_margin_loss(scores, targets)",
        ours="al.logistic(scores, targets)",
        also=("torch.nn.SoftMarginLoss",),
        difference="torch rounds 1 + exp(-ys), and returns inf for a large wrong score.",
        example=Example({"scores": [-1000.0], "targets": [1.0]}, theirs=math.inf, ours=1000.0),
    ),
    Peer(
        theirs="torch.nn.functional.soft_margin_loss(logits, 2.0 * targets - 1.0)",
        ours="al.binary_cross_entropy_with_logits(logits, targets)",
        only={"targets": "0 or 1"},
    ),
    Peer(
        theirs="torch.nn.functional.multi_margin_loss(scores, labels, margin=0.5)",
        ours="al.multi_margin(scores, labels, margin=0.5)",
        also=("torch.nn.MultiMarginLoss",),
    ),
    Peer(
        theirs="torch.nn.functional.multi_margin_loss(scores, labels, p=2, weight=class_weights)",
        ours='al.multi_margin(scores, labels, p=2, class_weights=class_weights, reduction="none").mean()',
    ),
    Peer(
        theirs="torch.nn.functional.linear_cross_entropy(hidden, weight, labels)",
        ours="al.linear_cross_entropy(hidden, weight, labels)",
        also=("torch.nn.LinearCrossEntropyLoss",),
    ),
    Peer(
        theirs="torch.nn.functional.linear_cross_entropy(hidden, weight, labels, label_smoothing=0.25, "
        'ignore_index=1, reduction="sum")',
        ours="al.linear_cross_entropy(hidden, weight, labels, label_smoothing=0.25, ignore_index=1, chunk_size=2, "
        'reduction="sum")',
    ),
    Peer(
        theirs="torch.nn.functional.cross_entropy(logits, labels)",
        ours="al.cross_entropy(logits, labels, axis=1)",
        also=("torch.nn.CrossEntropyLoss",),
        difference="A confident row has the loss 0 in torch; ours keeps its digits.",
        example=Example({"logits": [[40.0, 0.0]], "labels": [0]}, theirs=0.0, ours=4.24835e-18),
    ),
    Peer(
        theirs="torch.nn.functional.cross_entropy(logits, labels, weight=class_weights, label_smoothing=0.1)",
        ours="al.cross_entropy(logits, labels, axis=1, class_weights=class_weights, label_smoothing=0.1)",
    ),
    Peer(
        theirs="torch.nn.functional.cross_entropy(logits, labels, ignore_index=2)",
        ours="al.cross_entropy(logits, labels, axis=1, ignore_index=2)",
        difference="The mean over nothing is NaN in torch, and 0 here.",
        example=Example({"logits": [[1.0, 0.0, 0.0]], "labels": [2]}, theirs=math.nan, ours=0.0),
    ),
    Peer(
        theirs="torch.nn.functional.cross_entropy(logits, target_probs)",
        ours="al.soft_cross_entropy(logits, target_probs, axis=1)",
        difference="torch returns NaN for a logit of -inf, also where the target is 0.",
        example=Example(
            {"logits": [[-math.inf, 0.0, 0.0]], "target_probs": [[0.0, 1.0, 0.0]]}, theirs=math.nan, ours=0.693147
        ),
    ),
    Peer(
        theirs="torch.nn.functional.cross_entropy(logits, target_probs, weight=class_weights, label_smoothing=0.1)",
        ours="al.soft_cross_entropy(logits, target_probs, axis=1, class_weights=class_weights, "
        'label_smoothing=0.1, reduction="none").mean()',
    ),
    Peer(
        theirs="torch.nn.functional.nll_loss(log_probs, labels)",
        ours="al.nll(log_probs, labels, axis=1)",
        also=("torch.nn.NLLLoss", "torch.nn.NLLLoss2d"),
    ),
    Peer(
        theirs="torch.nn.functional.nll_loss(log_probs, labels, weight=class_weights, ignore_index=0)",
        ours="al.nll(log_probs, labels, axis=1, class_weights=class_weights, ignore_index=0)",
        difference="The mean over nothing is NaN in torch, and 0 here.",
        example=Example(
            {"log_probs": [[-0.5, -1.0]], "labels": [0], "class_weights": [1.0, 1.0]}, theirs=math.nan, ours=0.0
        ),
    ),
    Peer(
        theirs='torch.nn.functional.kl_div(log_probs, target_probs, reduction="batchmean")',
        ours="al.kl_divergence(log_probs, target_probs)",
        also=("torch.nn.KLDivLoss",),
        difference="torch returns NaN for a prediction of -inf where the target is 0.",
        example=Example({"log_probs": [[-math.inf, 0.0]], "target_probs": [[0.0, 1.0]]}, theirs=math.nan, ours=0.0),
    ),
    Peer(
        theirs="torch.nn.functional.kl_div(log_probs, target_probs)",
        ours="al.kl_divergence(log_probs, target_probs) / log_probs.shape[-1]",
    ),
    Peer(
        theirs='torch.nn.functional.kl_div(log_probs, target_log_probs, reduction="batchmean", log_target=True)',
        ours="al.kl_divergence_with_log_targets(log_probs, target_log_probs)",
        difference="torch returns NaN for a log-target of -inf.",
        example=Example(
            {"log_probs": [[math.log(0.5), math.log(0.5)]], "target_log_probs": [[-math.inf, 0.0]]},
            theirs=math.nan,
            ours=0.693147,
        ),
    ),
    Peer(
        theirs="torch.distributions.Categorical(logits=log_probs).entropy()",
        ours='al.entropy(torch.log_softmax(log_probs, dim=-1), reduction="none")',
        also=("torch.distributions.OneHotCategorical",),
    ),
    Peer(
        theirs="torch.distributions.kl_divergence(torch.distributions.Normal(mean, torch.exp(0.5 * log_var)), "
        "torch.distributions.Normal(torch.zeros_like(mean), 1.0)).sum(-1)",
        ours='al.gaussian_kl(mean, log_var, reduction="none")',
    ),
    Peer(
        theirs="torch.nn.functional.cosine_similarity(predictions, targets, dim=-1)",
        ours='1.0 - al.cosine_distance(predictions, targets, reduction="none")',
        also=("torch.nn.CosineSimilarity",),
        difference="torch takes no length below 1e-8.",
        example=Example({"predictions": [1e-10, 0.0], "targets": [1e-10, 0.0]}, theirs=1e-4, ours=1.0),
    ),
    Peer(
        theirs="torch.nn.functional.cosine_embedding_loss(anchors, others, targets, margin=0.25)",
        ours="al.cosine_embedding(anchors, others, targets, margin=0.25)",
        also=("torch.nn.CosineEmbeddingLoss",),
        within=1e-11,
        because="torch adds 1e-12 to the squared lengths",
        difference="torch adds 1e-12 to the squared lengths, so that short vectors have another cosine.",
        example=Example({"anchors": [[1e-6, 0.0]], "others": [[1e-6, 0.0]], "targets": [1.0]}, theirs=0.5, ours=0.0),
    ),
    Peer(
        theirs="torch.nn.functional.cosine_embedding_loss(predictions, targets, torch.ones(len(targets)))",
        ours="al.cosine_distance(predictions, targets)",
        within=1e-11,
        because="torch adds 1e-12 to the squared lengths",
    ),
    Peer(
        theirs="torch.nn.functional.hinge_embedding_loss(distances, targets, margin=3.0)",
        ours="al.hinge_embedding(distances, targets, margin=3.0)",
        also=("torch.nn.HingeEmbeddingLoss",),
        difference="torch takes a target of 0 for both cases at once; ours has NaN.",
        example=Example({"distances": [0.25], "targets": [0.0]}, theirs=3.0, ours=math.nan),
    ),
    Peer(
        theirs="torch.nn.functional.margin_ranking_loss(scores, others, targets, margin=0.5)",
        ours="al.margin_ranking(scores, others, targets, margin=0.5)",
        also=("torch.nn.MarginRankingLoss",),
        difference="At the margin torch has the gradient of the wrong side, and ours 0.",
        example=Example({"scores": [1.0], "others": [0.5], "targets": [1.0]}, theirs=-1.0, ours=0.0, gradient=True),
    ),
    Peer(
        theirs="torch.nn.functional.triplet_margin_loss(anchors, positives, negatives, margin=0.5)",
        ours="al.triplet_margin(anchors, positives, negatives, margin=0.5)",
        also=("torch.nn.TripletMarginLoss",),
        within=1e-5,
        because="torch adds 1e-6 to each difference",
        difference="Equal vectors have a distance in torch.",
        example=Example(
            {"anchors": [[0.0, 0.0]], "positives": [[0.0, 0.0]], "negatives": [[0.5, 0.0]]}, theirs=2.41421e-06, ours=0
        ),
    ),
    Peer(
        theirs="torch.nn.functional.triplet_margin_loss(anchors, positives, negatives, p=3.0, eps=0.0)",
        ours="al.triplet_margin(anchors, positives, negatives, p=3.0)",
    ),
    Peer(
        theirs="torch.nn.functional.triplet_margin_loss(anchors, positives, negatives, swap=True, eps=0.0)",
        ours="al.triplet_margin(anchors, positives, negatives, swap=True)",
    ),
    Peer(
        theirs="torch.nn.functional.triplet_margin_with_distance_loss(anchors, positives, negatives, "
        "distance_function=torch.nn.PairwiseDistance(eps=0.0))",
        ours="al.triplet_margin(anchors, positives, negatives)",
        also=("torch.nn.TripletMarginWithDistanceLoss",),
    ),
    Peer(
        theirs="torch.nn.functional.kl_div(torch.log_softmax(logits / 4.0, -1), "
        'torch.log_softmax(target_logits / 4.0, -1), log_target=True, reduction="batchmean") * 16.0',
        ours="al.distillation(logits, target_logits, temperature=4.0)",
    ),
    Peer(
        theirs="torch.nn.functional.ctc_loss(logits.log_softmax(-1).transpose(0, 1), labels, input_lengths, "
        'label_lengths, reduction="none")',
        ours='al.ctc(logits, labels, input_lengths, label_lengths, reduction="none")',
        also=("torch.nn.CTCLoss",),
        difference="Where no path has the labels, torch's gradient is NaN unless `zero_infinity` is set.",
        example=Example(
            {
                "logits": [[[0.0, 0.0], [0.0, 0.0]]],
                "labels": [[1, 1]],
                "input_lengths": [2],
                "label_lengths": [2],
            },
            theirs=math.nan,
            ours=0.0,
            gradient=True,
        ),
    ),
    Peer(
        theirs="torch.nn.functional.ctc_loss(logits.log_softmax(-1).transpose(0, 1), labels, input_lengths, "
        "label_lengths, zero_infinity=True)",
        ours="al.ctc(logits, labels, input_lengths, label_lengths, zero_infinity=True, "
        'weights=1.0 / label_lengths.clamp(1), reduction="sum") / len(logits)',
    ),
)
