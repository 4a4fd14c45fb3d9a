"""The training of a network, which can be stopped at any step and continued. Imports PyTorch."""

import time
import warnings

import numpy as np
import torch
from torch.nn import functional as F
from tqdm import tqdm

from ..errors import InvalidInput, WeightsError
from ..files import replacing
from .network import network_with
from .weights import load, random_weights

CLASSES = 3
MEASURES = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
COUNTERS = ("order", "step", "loss", "right", "history")  # kept in checkpoints, as they are


class Training:
    """A network in training, with all that its next step depends on.

    ``batch_of`` takes indices of samples and returns the input (n, 3, 16, size, size) and the
    classes 0..2. ``validating`` tells which samples are for validation; ``first`` has the weights
    of conv1 to fc7, or is ``None``; ``run`` identifies the run in its checkpoints.
    """

    def __init__(self, batch_of, validating, first, run, options, device):
        self.batch_of, self.run, self.options, self.device = batch_of, run, options, device
        self.train, self.validate = np.flatnonzero(~validating), np.flatnonzero(validating)
        self.n_batches = -(-len(self.train) // options.batch)
        state = random_weights(options.seed, CLASSES, **options.network)
        state["conv1.weight"] /= 74  # standard deviation of even grey levels: maps of scale 1
        state["fc8.weight"] /= 10  # small scores: at first all classes are alike
        how = options.network | {"dropout": options.dropout}
        self.network = network_with(state | (first or {}), CLASSES, device, **how)
        groups = [{"params": [], "lr": rate} for rate in (options.rate, options.new_rate)]
        for name, parameter in self.network.named_parameters():
            groups[name.startswith("fc8")]["params"].append(parameter)
        how = {"momentum": options.momentum, "weight_decay": options.decay}
        self.optimiser = torch.optim.SGD(groups, **how)
        self.rng = np.random.default_rng([options.seed, 1])
        self.history, self.started = [], time.monotonic()  # later by the seconds before a stop
        self._begin_epoch()

    def _begin_epoch(self):
        self.order, self.step, self.loss, self.right = None, 0, 0.0, 0

    def fit(self, out, save_every, progress):
        """Train, or go on from a checkpoint, until the validation loss stops falling.

        Arguments, result and errors are those of :func:`~cdmer_lib.c3d.finetuning.finetune`.
        """
        path, saved = out / "checkpoint.pt", time.monotonic()
        repeatable = torch.backends.cudnn.flags(benchmark=False, deterministic=True)
        with torch.random.fork_rng(), repeatable:
            torch.manual_seed(self.options.seed)
            for left_over in out.glob("*.partial"):  # of a run that was killed while it wrote
                left_over.unlink()
            if path.exists():
                self._restore(path)
            while not self._done():
                how = {"total": self.n_batches, "initial": self.step, "disable": not progress}
                for _ in tqdm(self.batches(), f"epoch {len(self.history) + 1}", **how):
                    if time.monotonic() - saved >= save_every:
                        _save(path, self._state())
                        saved = time.monotonic()
                if self.end_epoch():  # saved before the checkpoint that names this epoch the best
                    _save(out / "weights.pt", self._weights())
                _save(path, self._state())
                saved = time.monotonic()
        seconds = time.monotonic() - self.started
        return {"history": self.history, "best_epoch": self._best_epoch(), "seconds": seconds}

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
        if not np.isfinite([self.loss, loss]).all():
            raise InvalidInput("training diverged: the loss is not finite; use smaller rates")
        n, m = len(self.train), len(self.validate)
        values = self.loss / n, self.right / n, loss / m, right / m
        self.history.append(dict(zip(MEASURES, values, strict=True)))
        self._begin_epoch()
        return self._best_epoch() == len(self.history)

    def _scores(self, indices, at):
        """Scores and classes of the batch that starts at place ``at`` of the indices."""
        x, y = map(torch.from_numpy, self.batch_of(indices[at : at + self.options.batch]))
        return self.network(x.to(self.device)), y.to(self.device)

    def _best_epoch(self):
        """The epoch, from 1, of the lowest validation loss; 0 before any."""
        losses = [epoch["validation_loss"] for epoch in self.history]
        return int(np.argmin(losses)) + 1 if losses else 0

    def _done(self):
        """Whether all epochs are over, or no recent one has lowered the validation loss."""
        n = len(self.history)
        return n >= self.options.epochs or n - self._best_epoch() >= self.options.patience

    def _weights(self):
        return {key: array.detach().cpu() for key, array in self.network.state_dict().items()}

    def _state(self):
        """What :meth:`_restore` needs to continue with the same bits."""
        on_gpu = torch.device(self.device).type == "cuda"
        return {
            "run": self.run, "network": self._weights(), "optimiser": self.optimiser.state_dict(),
            "numpy": self.rng.bit_generator.state, "torch": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state(self.device) if on_gpu else None,
            "seconds": time.monotonic() - self.started,
        } | {name: getattr(self, name) for name in COUNTERS}  # fmt: skip

    def _restore(self, path):
        """Continue from a checkpoint, unless it is damaged; InvalidInput if it is another run's."""
        try:
            state = load(path)
            if state["history"]:
                load(path.with_name("weights.pt"))  # of the best epoch so far
        except WeightsError as error:
            if isinstance(error.__cause__, OSError | MemoryError):  # it may be read another time
                raise
            return warnings.warn(f"training starts anew: {error}", stacklevel=4)
        if other := [what for what in self.run if state["run"].get(what) != self.run[what]]:
            raise InvalidInput(
                f"{path.parent}: expected a run of the same {', '.join(self.run)}, found a "
                f"checkpoint with other {', '.join(other)}; use another folder, or empty this one"
            )
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.rng.bit_generator.state = state["numpy"]
        torch.set_rng_state(state["torch"])
        if state["cuda"] is not None and torch.device(self.device).type == "cuda":
            torch.cuda.set_rng_state(state["cuda"], self.device)
        vars(self).update({name: state[name] for name in COUNTERS})
        self.started = time.monotonic() - state["seconds"]


def _save(path, what):
    with replacing(path) as partial:
        torch.save(what, partial)
