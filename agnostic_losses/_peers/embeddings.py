"""Rows of libraries of embeddings that the tests do not install: hints without numbers, as in `elsewhere`."""

from __future__ import annotations

from agnostic_losses._peers import NOT_RUN, Peer

PEERS = (
    Peer(
        theirs="timm.loss.AsymmetricLossMultiLabel()(logits, targets)",
        ours='al.asymmetric(logits, targets, gamma_positive=1.0, reduction="sum")',
        difference="timm keeps probabilities above 1e-8.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="lightly.loss.NTXentLoss(temperature=0.5)(view_a, view_b)",
        ours="al.nt_xent(view_a, view_b, temperature=0.5)",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="open_clip.ClipLoss()(torch.nn.functional.normalize(view_a), torch.nn.functional.normalize(view_b), "
        "10.0)",
        ours="al.clip(view_a, view_b, temperature=0.1)",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="open_clip.SigLipLoss()(torch.nn.functional.normalize(queries), torch.nn.functional.normalize(keys), "
        "10.0, -10.0)",
        ours="al.siglip(queries, keys, scale=10.0, bias=-10.0)",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="sentence_transformers.losses.BatchAllTripletLoss.batch_all_triplet_loss(classes, embeddings)",
        ours="al.triplet_batch_all(embeddings, classes, margin=5.0, active_only=True)",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="pytorch_metric_learning.losses.ArcFaceLoss(num_classes, embedding_size, margin=28.6, scale=64)"
        "(embeddings, labels)",
        ours="al.arcface(embeddings, class_vectors, labels, margin=math.radians(28.6), scale=64.0)",
        difference="It holds the class vectors itself, along the second axis, and has the margin in degrees.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="pytorch_metric_learning.losses.CosFaceLoss(num_classes, embedding_size, margin=0.35, scale=64)"
        "(embeddings, labels)",
        ours="al.cosface(embeddings, class_vectors, labels, margin=0.35, scale=64.0)",
        difference="It holds the class vectors itself, along the second axis.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="pytorch_metric_learning.losses.ProxyNCALoss(num_classes, embedding_size, softmax_scale=1)"
        "(embeddings, labels)",
        ours="al.proxy_nca(embeddings, class_vectors, labels, scale=1.0, include_own=True)",
        difference="It holds the class vectors itself.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="pytorch_metric_learning.losses.ProxyAnchorLoss(num_classes, embedding_size, margin=0.1, alpha=32)"
        "(embeddings, labels)",
        ours="al.proxy_anchor(embeddings, class_vectors, labels, margin=0.1, scale=32.0)",
        difference="It holds the class vectors itself.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="lightly.loss.NegativeCosineSimilarity()(predictions, targets.detach())",
        ours="0.5 * al.byol(predictions, targets) - 1.0",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="lightly.loss.BarlowTwinsLoss(lambda_param=5e-3)(view_a, view_b)",
        ours='al.barlow_twins(view_a, view_b, reduction="sum")',
        difference="lightly adds 1e-5 to variances.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="lightly.loss.VICRegLoss()(view_a, view_b)",
        ours="al.vicreg(view_a, view_b)",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="pykeen.losses.InfoNCELoss()(pos_scores, neg_scores)",
        ours="al.info_nce(queries, keys)",
        agrees=False,
        difference="pykeen takes the scores of true and false triples, and subtracts a margin from the true ones.",
        unexecuted=NOT_RUN,
    ),
)
