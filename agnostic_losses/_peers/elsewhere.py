"""Rows of libraries that the tests do not install. No test runs them: they are hints, without numbers."""

from __future__ import annotations

from agnostic_losses._peers import NOT_RUN, Peer

ALL_TOKENS = "It is one perplexity of all tokens, the exponential of the cross entropy; ours is one of each sequence."

PEERS = (
    Peer(
        theirs="tfa.losses.pinball_loss(targets, predictions, tau=0.9)",
        ours='tf.reduce_mean(al.pinball(predictions, targets, quantile=0.9, reduction="none"), axis=-1)',
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="scoringrules.interval_score(targets, lower, upper, 0.1)",
        ours='al.interval_score(lower, upper, targets, alpha=0.1, reduction="none")',
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="torch_uncertainty.losses.BetaNLL(beta=0.5)(mean, targets, var)",
        ours="al.beta_nll(mean, var, targets)",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="scvi.distributions.NegativeBinomial(mu=mean, theta=shape).log_prob(targets)",
        ours='-al.negative_binomial_nll(mean, shape, targets, reduction="none")',
        difference="scvi-tools adds 1e-8 inside of logarithms.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="scoringrules.crps_normal(targets, mean, std)",
        ours='al.crps_gaussian(mean, std, targets, reduction="none")',
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="properscoring.crps_gaussian(targets, mean, std)",
        ours='al.crps_gaussian(mean, std, targets, reduction="none")',
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="scoringrules.crps_ensemble(targets, ensemble)",
        ours='al.crps_ensemble(ensemble, targets, reduction="none")',
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs='scoringrules.crps_ensemble(targets, ensemble, estimator="fair")',
        ours='al.crps_ensemble(ensemble, targets, fair=True, reduction="none")',
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="torchmetrics.regression.ContinuousRankedProbabilityScore()(ensemble, targets)",
        ours="al.crps_ensemble(ensemble, targets)",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="scoringrules.es_ensemble(targets, ensemble)",
        ours='al.energy_score(ensemble, targets, reduction="none")',
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="tfp.distributions.MultivariateNormalTriL(mean, tf.linalg.band_part(cholesky, -1, 0)).log_prob(targets)",
        ours='-al.multivariate_gaussian_nll(mean, cholesky, targets, reduction="none")',
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="torchmetrics.functional.text.perplexity(logits, labels)",
        ours="al.perplexity(logits, labels)",
        also=("torchmetrics.text.Perplexity",),
        agrees=False,
        difference=ALL_TOKENS,
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="torcheval.metrics.functional.perplexity(logits, labels)",
        ours="al.perplexity(logits, labels)",
        also=("torcheval.metrics.Perplexity",),
        agrees=False,
        difference=ALL_TOKENS,
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="keras_hub.metrics.Perplexity(from_logits=True)(labels, logits)",
        ours="al.perplexity(logits, labels)",
        agrees=False,
        difference=ALL_TOKENS,
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs='geomloss.SamplesLoss("gaussian", blur=0.5)(predictions[0][:, None], targets[0][:, None])',
        ours="0.5 * al.mmd(predictions[0], targets[0], bandwidth=0.5)",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="torchmetrics.functional.symmetric_mean_absolute_percentage_error(predictions, targets)",
        ours="al.symmetric_absolute_percentage_error(predictions, targets)",
        difference="torchmetrics has a floor of 1.17e-6 for the denominator.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs='kornia.losses.cauchy_loss(predictions, targets, reduction="none")',
        ours='al.cauchy(predictions, targets, scale=2.0**0.5, reduction="none")',
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs='kornia.losses.welsch_loss(predictions, targets, reduction="none")',
        ours='al.welsch(predictions, targets, scale=2.0**0.5, reduction="none")',
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs='kornia.losses.geman_mcclure_loss(predictions, targets, reduction="none")',
        ours='al.geman_mcclure(predictions, targets, scale=2.0, reduction="none")',
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs='kornia.losses.charbonnier_loss(predictions, targets, reduction="none")',
        ours='al.pseudo_huber(predictions, targets, delta=1.0, reduction="none")',
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs='torchvision.ops.sigmoid_focal_loss(logits, targets, alpha=0.25, gamma=2.0, reduction="mean")',
        ours="al.sigmoid_focal(logits, targets, alpha=0.25, gamma=2.0)",
        only={"targets": "0 or 1"},
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="coral_pytorch.losses.coral_loss(logits, coral_pytorch.dataset.levels_from_labelbatch(labels, 4))",
        ours="al.coral(logits, labels)",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="coral_pytorch.losses.corn_loss(logits, labels, num_classes=4)",
        ours="al.corn(logits, labels)",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="rlax.categorical_kl_divergence(target_log_probs, log_probs)",
        ours='al.kl_divergence_with_log_targets(log_probs, target_log_probs, reduction="none")',
        difference="rlax normalises both first.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="rlax.td_learning(values, rewards, 0.99, next_values) ** 2",
        ours='al.temporal_difference(values, rewards, next_values, discount=0.99, reduction="none")',
        difference="rlax returns the error itself, target minus value, of scalars; a discount of 0 ends an episode.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="rlax.multivariate_normal_kl_divergence(mean, jnp.exp(0.5 * log_var), "
        "target_mean, jnp.exp(0.5 * target_log_var))",
        ours='al.gaussian_kl(mean, log_var, target_mean, target_log_var, reduction="none")',
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="tfgan.losses.minimax_discriminator_loss(real_logits, fake_logits, label_smoothing=0.0)",
        ours="al.gan_discriminator(real_logits, fake_logits)",
        also=("tfgan.losses.modified_discriminator_loss",),
        difference="TF-GAN smooths the labels of real samples by 0.25 unless told otherwise.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="tfgan.losses.modified_generator_loss(fake_logits)",
        ours="al.gan_generator(fake_logits)",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="tfgan.losses.minimax_generator_loss(fake_logits)",
        ours="al.gan_generator(fake_logits, saturating=True)",
        difference="TF-GAN adds a constant: the loss of a real sample with the logit 1.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="tfgan.losses.wasserstein_discriminator_loss(real_scores, fake_scores)",
        ours="al.wasserstein_critic(real_scores, fake_scores)",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="tfgan.losses.wasserstein_generator_loss(fake_scores)",
        ours="al.wasserstein_generator(fake_scores)",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="tfgan.losses.wasserstein_gradient_penalty(real_data, generated_data, generator_inputs, "
        "discriminator_fn, discriminator_scope)",
        ours="al.gradient_penalty(gradients)",
        difference="TF-GAN differentiates the critic itself; ours takes its gradients.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="tfa.losses.contrastive_loss(targets, tf.norm(anchors - others, axis=-1), margin=1.0)",
        ours='2.0 * al.contrastive_pair(anchors, others, targets, reduction="none")',
        also=("tfa.losses.ContrastiveLoss",),
        difference="TensorFlow Addons takes distances, and has no factor of 1/2.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="tfa.losses.npairs_loss(classes, tf.matmul(anchors, positives, transpose_b=True))",
        ours="al.n_pairs(anchors, positives, classes)",
        also=("tfa.losses.NpairsLoss",),
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="tfa.losses.lifted_struct_loss(classes, embeddings, margin=1.0)",
        ours="al.lifted_structure(embeddings, classes)",
        also=("tfa.losses.LiftedStructLoss",),
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="tfa.losses.triplet_hard_loss(classes, embeddings, margin=1.0)",
        ours="al.triplet_batch_hard(embeddings, classes)",
        also=("tfa.losses.TripletHardLoss",),
        difference="It has rows without a positive or a negative in its mean.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="tfa.losses.triplet_semihard_loss(classes, embeddings, margin=1.0)",
        ours="al.triplet_semi_hard(embeddings, classes)",
        also=("tfa.losses.TripletSemiHardLoss",),
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="entmax.SparsemaxLoss()(logits, labels)",
        ours="al.sparsemax(logits, labels)",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="entmax.Entmax15Loss()(logits, labels)",
        ours="al.entmax15(logits, labels)",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="ot.wasserstein_1d(predictions, targets, p=1)",
        ours='al.wasserstein_1d(predictions, targets, axis=0, reduction="none")',
        difference="POT returns the power p of the distance.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="torchmetrics.functional.jensen_shannon_divergence(log_probs, target_log_probs, log_prob=True)",
        ours="al.jensen_shannon(log_probs, target_log_probs)",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs='kornia.losses.js_div_loss_2d(torch.exp(log_probs), torch.exp(target_log_probs), reduction="none")',
        ours='al.jensen_shannon(log_probs.flatten(-2), target_log_probs.flatten(-2), reduction="none")',
        difference="kornia takes images of (batch, channel, height, width), and returns NaN where both are 0.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs='segmentation_models_pytorch.losses.DiceLoss("multilabel", from_logits=False, smooth=1.0)'
        "(probs, targets)",
        ours="al.dice(probs, targets, axis=(0, 2, 3), smooth=1.0)",
        difference="A class without a target has the loss 0 there.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs='segmentation_models_pytorch.losses.TverskyLoss("multilabel", from_logits=False, smooth=1.0, '
        "alpha=0.25, beta=0.75)(probs, targets)",
        ours="al.tversky(probs, targets, axis=(0, 2, 3), alpha=0.25, beta=0.75, smooth=1.0)",
        difference="A class without a target has the loss 0 there.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs='segmentation_models_pytorch.losses.JaccardLoss("multilabel", from_logits=False, smooth=1.0)'
        "(probs, targets)",
        ours="al.jaccard(probs, targets, axis=(0, 2, 3), smooth=1.0)",
        difference="A class without a target has the loss 0 there.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="monai.losses.PerceptualLoss(spatial_dims=2)(prediction, target)",
        ours="al.perceptual(features, target_features)",
        agrees=False,
        difference="MONAI brings the network and takes images; ours takes the activations of any network.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="piq.ContentLoss()(prediction, target)",
        ours="al.perceptual(features, target_features)",
        agrees=False,
        difference="piq brings the network and takes images; ours takes the activations of any network.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="tfr.keras.losses.SoftmaxLoss()(targets, scores)",
        ours="al.ranking_softmax(scores, targets, normalize_targets=True)",
        agrees=False,
        difference="TF-Ranking also weighs each list by the sum of its relevances.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="keras_rs.losses.ListMLELoss()(targets, scores)",
        ours="al.list_mle(scores, targets)",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="tfr.keras.losses.ApproxNDCGLoss(temperature=0.1)(targets, scores)",
        ours="al.approx_ndcg(scores, targets, temperature=0.1)",
        difference="TF-Ranking has lists without relevance in the mean.",
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="keras_rs.losses.PairwiseLogisticLoss()(targets, scores)",
        ours='al.pairwise_logistic(scores, targets, reduction="sum") / scores.size',
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="keras_rs.losses.PairwiseHingeLoss()(targets, scores)",
        ours='al.pairwise_hinge(scores, targets, reduction="sum") / scores.size',
        unexecuted=NOT_RUN,
    ),
    Peer(
        theirs="keras_rs.losses.PairwiseMeanSquaredError()(targets, scores)",
        ours='2.0 * al.pairwise_squared_error(scores, targets, reduction="sum") / scores.size',
        unexecuted=NOT_RUN,
    ),
)
