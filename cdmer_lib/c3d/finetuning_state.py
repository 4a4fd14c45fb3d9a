"""A network in training, with all that the next step depends on. Imports PyTorch."""

import numpy as np
import torch
from torch.nn import functional as F

from ..errors import InvalidInput
from .network import network_with, on_device
from .random_weights import random_weights

CLASSES = 3


class Training:
    """Parameters as for :func:`~.finetuning_loop.train`."""

    def __init__(self, batch_of, validating, first, run, options, device):
        self.batch_of, self.run, self.options, self.device = batch_of, run, options, device
        self.train, self.validate = np.flatnonzero(~validating), np.flatnonzero(validating)
        self.n_batches = -(-len(self.train) // options.batch)
        how = {"width": options.width, "size": options.size, "pool5": options.pool5}
        state = random_weights(options.seed, CLASSES, **how)
        state["conv1.weight"] /= 74  # standard deviation of even grey levels: maps of scale 1
        state["fc8.weight"] /= 10  # small scores, all classes alike at first
        network = network_with(state | (first or {}), CLASSES, dropout=options.dropout, **how)
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
            at = self.step * self.options.batch
            x, y = self._batch(self.order[at : at + self.options.batch])
            self.optimiser.zero_grad()
            scores = self.network(x)
            loss = F.cross_entropy(scores, y)
            loss.backward()
            self.optimiser.step()
            self.loss += loss.item() * len(y)
            self.right += int((scores.argmax(1) == y).sum())
            self.step += 1
            yield

    def end_epoch(self):
        """Validate; whether the validation loss is the lowest so far."""
        self.network.eval()
        loss, right = 0.0, 0
        with torch.inference_mode():
            for at in range(0, len(self.validate), self.options.batch):
                x, y = self._batch(self.validate[at : at + self.options.batch])
                scores = self.network(x)
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

    def _batch(self, indices):
        x, y = self.batch_of(indices)
        return torch.from_numpy(x).to(self.device), torch.from_numpy(y).to(self.device)

    def best_epoch(self):
        """The epoch, from 1, of the lowest validation loss; 0 before any."""
        losses = [epoch["validation_loss"] for epoch in self.history]
        return int(np.argmin(losses)) + 1 if losses else 0

    def done(self):
        """Whether all epochs are over, or patience is."""
        n = len(self.history)
        return n >= self.options.epochs or n - self.best_epoch() >= self.options.patience

    def weights(self):
        """The arrays of the network."""
        return {key: array.detach().cpu() for key, array in self.network.state_dict().items()}

    def state(self):
        """What :meth:`restore` needs to go on in the same bits."""
        on_gpu = torch.device(self.device).type == "cuda"
        return {
            "run": self.run, "network": self.weights(), "optimiser": self.optimiser.state_dict(),
            "numpy": self.rng.bit_generator.state, "torch": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state(self.device) if on_gpu else None,
            "order": self.order, "step": self.step, "loss": self.loss, "right": self.right,
            "history": self.history, "seconds": self.seconds,
        }  # fmt: skip

    def restore(self, state, out):
        """Go on from a state.

        Raises
        ------
        ValueError
            If it is of another run.
        """
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
        self.order, self.step = state["order"], state["step"]
        self.loss, self.right = state["loss"], state["right"]
        self.history, self.seconds = state["history"], state["seconds"]
