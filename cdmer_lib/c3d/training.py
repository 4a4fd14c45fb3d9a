"""The training of a network, which can be stopped at any step and continued. Imports PyTorch."""

import time

import numpy as np
import torch
from torch.nn import functional as F
from tqdm import tqdm

from ..errors import InvalidInput
from ..files import replacing
from .network import network_with, on_device
from .weights import random_weights

CLASSES = 3
COUNTERS = ("order", "step", "loss", "right", "history", "seconds")  # kept in checkpoints


def train(batch_of, validating, first, run, options, out, device, save_every, progress):
    """Train until the validation loss stops falling, from a checkpoint if there is one.

    Parameters
    ----------
    batch_of : callable
        Takes indices of samples; returns the input (n, 3, 16, size, size) and the classes 0..2.
    validating : ndarray of bool
        For each sample, whether it is for validation.
    first : dict, or None
        Weights of conv1 to fc7.
    run : dict
        What identifies the run; a checkpoint of another run is refused with InvalidInput.
    options : Options
    out, device, save_every, progress
        As for :func:`~cdmer_lib.c3d.finetuning.finetune`.

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
            # The weights are saved first: a checkpoint that names a best epoch needs them.
            if training.end_epoch():
                _save(out / "weights.pt", training.weights())
            training.seconds = before + time.monotonic() - started
            _save(path, training.state())
            saved = time.monotonic()
    return {"history": training.history, "best_epoch": training.best_epoch(),
            "seconds": training.seconds}  # fmt: skip


def _save(path, what):
    with replacing(path) as partial:
        torch.save(what, partial)


class Training:
    """A network in training, with all that the next step depends on.

    Parameters as for :func:`train`.
    """

    def __init__(self, batch_of, validating, first, run, options, device):
        self.batch_of, self.run, self.options, self.device = batch_of, run, options, device
        self.train, self.validate = np.flatnonzero(~validating), np.flatnonzero(validating)
        self.n_batches = -(-len(self.train) // options.batch)
        state = random_weights(options.seed, CLASSES, **options.network)
        state["conv1.weight"] /= 74  # standard deviation of even grey levels: maps of scale 1
        state["fc8.weight"] /= 10  # small scores: at first all classes are alike
        state |= first or {}
        network = network_with(state, CLASSES, dropout=options.dropout, **options.network)
        self.network = on_device(network, device)
        new = list(self.network.fc8.parameters())
        old = [p for name, p in self.network.named_parameters() if not name.startswith("fc8")]
        self.optimiser = torch.optim.SGD(
            [{"params": old, "lr": options.rate}, {"params": new, "lr": options.new_rate}],
            momentum=options.momentum, weight_decay=options.decay,
        )  # fmt: skip
        self.rng = np.random.default_rng([options.seed, 1])
        self.order, self.step, self.loss, self.right = None, 0, 0.0, 0
        self.history, self.seconds = [], 0.0

    def batches(self):
        """The steps of an epoch that are left, one at a time."""
        if self.order is None:
            self.order = self.rng.permutation(self.train).tolist()
        self.network.train()
        while self.step < self.n_batches:
            scores, y = self._scores(self.order, self.step * self.options.batch)
            self.optimiser.zero_grad()
            loss = F.cross_entropy(scores, y)
            loss.backward()
            self.optimiser.step()
            self.loss += loss.item() * len(y)
            self.right += int((scores.argmax(1) == y).sum())
            self.step += 1
            yield

    def end_epoch(self):
        """Validate; return whether the validation loss is the lowest so far."""
        self.network.eval()
        loss, right = 0.0, 0
        with torch.inference_mode():
            for at in range(0, len(self.validate), self.options.batch):
                scores, y = self._scores(self.validate, at)
                loss += F.cross_entropy(scores, y, reduction="sum").item()
                right += int((scores.argmax(1) == y).sum())
        n, m = len(self.train), len(self.validate)
        self.history.append({
            "train_loss": self.loss / n, "train_accuracy": self.right / n,
            "validation_loss": loss / m, "validation_accuracy": right / m,
        })  # fmt: skip
        if not np.isfinite([self.loss, loss]).all():
            raise InvalidInput("training diverged: the loss is not finite; use smaller rates")
        self.order, self.step, self.loss, self.right = None, 0, 0.0, 0
        return self.best_epoch() == len(self.history)

    def _scores(self, indices, at):
        """Scores and classes of the batch of samples that starts at a place in ``indices``."""
        x, y = map(torch.from_numpy, self.batch_of(indices[at : at + self.options.batch]))
        return self.network(x.to(self.device)), y.to(self.device)

    def best_epoch(self):
        """The epoch, from 1, of the lowest validation loss; 0 before any."""
        losses = [epoch["validation_loss"] for epoch in self.history]
        return int(np.argmin(losses)) + 1 if losses else 0

    def done(self):
        """Whether all epochs are over, or no recent one has lowered the validation loss."""
        n = len(self.history)
        return n >= self.options.epochs or n - self.best_epoch() >= self.options.patience

    def weights(self):
        """The arrays of the network."""
        return {key: array.detach().cpu() for key, array in self.network.state_dict().items()}

    def state(self):
        """What :meth:`restore` needs to continue with the same bits."""
        on_gpu = torch.device(self.device).type == "cuda"
        return {
            "run": self.run, "network": self.weights(), "optimiser": self.optimiser.state_dict(),
            "numpy": self.rng.bit_generator.state, "torch": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state(self.device) if on_gpu else None,
        } | {name: getattr(self, name) for name in COUNTERS}  # fmt: skip

    def restore(self, state, out):
        """Continue from a state; raise InvalidInput if it is of another run."""
        if other := [what for what in self.run if state["run"].get(what) != self.run[what]]:
            raise InvalidInput(
                f"{out}: expected a run of the same {', '.join(self.run)}, found a checkpoint with "
                f"other {', '.join(other)}; use another folder, or empty this one"
            )
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.rng.bit_generator.state = state["numpy"]
        torch.set_rng_state(state["torch"])
        if state["cuda"] is not None and torch.device(self.device).type == "cuda":
            torch.cuda.set_rng_state(state["cuda"], self.device)
        for name in COUNTERS:
            setattr(self, name, state[name])
