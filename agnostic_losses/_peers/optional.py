"""Rows of libraries that need not be there: pytorch-metric-learning, MONAI and rax.

The suite executes these rows where the library is installed; its ordinary environments do without.
"""

from __future__ import annotations

from agnostic_losses._peers import WHERE_INSTALLED, Peer

DISTANCE = "distance=pytorch_metric_learning.distances.LpDistance(normalize_embeddings=False)"
MEAN = "reducer=pytorch_metric_learning.reducers.MeanReducer()"

PEERS = (
    Peer(
        theirs="pytorch_metric_learning.losses.NTXentLoss(temperature=0.07)(torch.cat([view_a, view_b]), "
        "torch.arange(len(view_a)).repeat(2))",
        ours="al.nt_xent(view_a, view_b, temperature=0.07)",
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs="pytorch_metric_learning.losses.SelfSupervisedLoss(pytorch_metric_learning.losses.NTXentLoss("
        "temperature=0.07), symmetric=False)(queries, keys)",
        ours="al.info_nce(torch.nn.functional.normalize(queries), torch.nn.functional.normalize(keys), "
        "temperature=0.07)",
        only={"keys": "one a query"},
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs="pytorch_metric_learning.losses.SupConLoss(temperature=0.1)(queries, query_classes)",
        ours="al.supervised_contrastive(queries, queries, query_classes, query_classes, temperature=0.1)",
        difference="Its mean leaves out every loss of 0, also that of a perfect query.",
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs="pytorch_metric_learning.losses.MultiSimilarityLoss(alpha=2, beta=50, base=0.5)(embeddings, classes)",
        ours="al.multi_similarity(embeddings, classes, base=0.5)",
        difference="It gives a row without positives the loss of its negatives, and the reverse.",
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs="pytorch_metric_learning.losses.CircleLoss(m=0.4, gamma=80)(embeddings, classes)",
        ours="al.circle(embeddings, classes)",
        difference="Its mean leaves out every loss of 0.",
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs=f"pytorch_metric_learning.losses.TripletMarginLoss(margin=1.0, {DISTANCE})(embeddings, classes)",
        ours="al.triplet_batch_all(embeddings, classes, active_only=True)",
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs=f"pytorch_metric_learning.losses.TripletMarginLoss(margin=1.0, {DISTANCE}, {MEAN})(embeddings, "
        f"classes, pytorch_metric_learning.miners.BatchHardMiner({DISTANCE})(embeddings, classes))",
        ours="al.triplet_batch_hard(embeddings, classes)",
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs="pytorch_metric_learning.losses.GeneralizedLiftedStructureLoss(neg_margin=1, pos_margin=0, "
        f"{DISTANCE})(embeddings, classes)",
        ours="al.generalized_lifted_structure(embeddings, classes)",
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs="pytorch_metric_learning.losses.VICRegLoss()(view_a, ref_emb=view_b)",
        ours="al.vicreg(view_a, view_b)",
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs="monai.losses.ContrastiveLoss(temperature=0.5)(view_a, view_b)",
        ours="al.nt_xent(view_a, view_b, temperature=0.5)",
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs="monai.losses.BarlowTwinsLoss(lambd=5e-3)(view_a, view_b)",
        ours='al.barlow_twins(view_a, view_b, reduction="sum")',
        agrees=False,
        difference="MONAI divides by n where its standard deviations have n - 1.",
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs="monai.losses.DiceLoss(smooth_nr=1.0, smooth_dr=1.0)(probs[:, None], targets[:, None])",
        ours="al.dice(probs, targets)",
        only={"targets": "0 or 1"},
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs="monai.losses.DiceLoss(jaccard=True, smooth_nr=2.0, smooth_dr=2.0)(probs[:, None], targets[:, None])",
        ours="al.jaccard(probs, targets)",
        only={"targets": "0 or 1"},
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs="monai.losses.TverskyLoss(alpha=0.25, beta=0.75, smooth_nr=1.0, smooth_dr=1.0)"
        "(probs[:, None], targets[:, None])",
        ours="al.tversky(probs, targets, alpha=0.25, beta=0.75)",
        only={"targets": "0 or 1"},
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs="monai.losses.GeneralizedDiceLoss(smooth_nr=0.0, smooth_dr=0.0)(probs, targets)",
        ours="al.generalized_dice(probs, targets, axis=(1, 2), class_axis=1)",
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs="monai.losses.FocalLoss(gamma=2.0, alpha=0.25)(logits[:, None], targets[:, None])",
        ours="al.sigmoid_focal(logits, targets, gamma=2.0, alpha=0.25)",
        only={"targets": "0 or 1"},
        within=1e-7,
        because="MONAI casts to float32",
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs="rax.softmax_loss(scores, targets)",
        ours="al.ranking_softmax(scores, targets)",
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs="rax.softmax_loss(scores, targets, where=mask)",
        ours="al.ranking_softmax(scores, targets, mask=mask)",
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs="rax.listmle_loss(scores, targets)",
        ours="al.list_mle(scores, targets)",
        difference="rax shuffles ties if it gets a key.",
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs="rax.listmle_loss(scores, targets, where=mask)",
        ours="al.list_mle(scores, targets, mask=mask)",
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs="rax.approx_t12n(rax.ndcg_metric)(scores, targets)",
        ours="-al.approx_ndcg(scores, targets)",
        difference="rax returns the metric itself, and has lists without relevance in the mean.",
        unexecuted="rax 0.4 needs an older JAX for it",
    ),
    Peer(
        theirs="rax.pairwise_logistic_loss(scores, targets)",
        ours="al.pairwise_logistic(scores, targets)",
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs="rax.pairwise_logistic_loss(scores, targets, where=mask)",
        ours="al.pairwise_logistic(scores, targets, mask=mask)",
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs="rax.pairwise_hinge_loss(scores, targets)",
        ours="al.pairwise_hinge(scores, targets)",
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs="rax.pairwise_hinge_loss(scores, targets, where=mask)",
        ours="al.pairwise_hinge(scores, targets, mask=mask)",
        unexecuted=WHERE_INSTALLED,
    ),
    Peer(
        theirs="rax.pairwise_mse_loss(scores, targets, reduce_fn=jnp.sum)",
        ours='2.0 * al.pairwise_squared_error(scores, targets, reduction="sum")',
        difference="The mean of rax counts each item with itself, too.",
        unexecuted=WHERE_INSTALLED,
    ),
)
