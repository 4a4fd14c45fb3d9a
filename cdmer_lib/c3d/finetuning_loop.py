"""The training loop of fine-tuning. Imports PyTorch."""

import time

import torch
from tqdm import tqdm

from ..data.extracted import replacing
from .finetuning_state import Training


def train(batch_of, validating, first, run, options, out, device, save_every, progress):
    """Train until the validation loss stops falling, from a checkpoint where there is one.

    Parameters
    ----------
    batch_of : callable
        Input (n, 3, 16, size, size) and classes 0..2 of samples, by index.
    validating : ndarray of bool
    first : dict, or None
        Weights of conv1 to fc7.
    run : dict
        What identifies the run; a checkpoint of another one is refused.
    options : Options
    out, device, save_every, progress
        As for :func:`~.finetuning.finetune`.

    Returns
    -------
    dict
        ``history``, ``best_epoch``, ``seconds``.
    """
    with torch.random.fork_rng(), torch.backends.cudnn.flags(benchmark=False, deterministic=True):
        torch.manual_seed(options.seed)
        training = Training(batch_of, validating, first, run, options, device)
        path, started = out / "checkpoint.pt", time.monotonic()
        for left_over in out.glob("*.partial"):  # of a run that was killed while it wrote
            left_over.unlink()
        if path.exists():
            training.restore(torch.load(path, map_location="cpu", weights_only=True), out)
        before, saved = training.seconds, started
        while not training.done():
            bar = tqdm(
                training.batches(), f"epoch {len(training.history) + 1}", training.n_batches,
                unit="batch", initial=training.step, disable=not progress,
            )  # fmt: skip
            for _ in bar:
                training.seconds = before + time.monotonic() - started
                if time.monotonic() - saved >= save_every:
                    _save(path, training.state())
                    saved = time.monotonic()
            if training.end_epoch():  # kept before the checkpoint that calls it kept
                _save(out / "weights.pt", training.weights())
            training.seconds = before + time.monotonic() - started
            _save(path, training.state())
            saved = time.monotonic()
    return {"history": training.history, "best_epoch": training.best_epoch(),
            "seconds": training.seconds}  # fmt: skip


def _save(path, what):
    with replacing(path) as file:
        torch.save(what, file)
