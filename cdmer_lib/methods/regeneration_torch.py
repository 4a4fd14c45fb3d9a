"""The iterates of :class:`Regenerator` on a device of PyTorch, such as a GPU; never required."""

import numpy as np

from .regeneration import Regenerator, penalties


class TorchRegenerator(Regenerator):
    """As :class:`~cdmer_lib.methods.regeneration.Regenerator`, all columns at once.

    Parameters
    ----------
    K : ndarray of shape (n, m)
    k : ndarray of shape (n,)
    lam : float
    dtype : numpy dtype, default=float64
    device : str, default="cuda"
        What ``torch.device`` takes.

    Raises
    ------
    ImportError
        If PyTorch is not installed.
    ValueError
        If PyTorch does not know or does not find the device.
    """

    def __init__(self, K, k, lam, dtype=np.float64, device="cuda"):
        super().__init__(K, k, lam, dtype)
        try:
            import torch
        except ImportError:
            raise ImportError(
                f"device={device!r} needs PyTorch, which is not installed: install the package "
                "torch, or leave out the device"
            ) from None
        try:
            self._U = torch.as_tensor(self.U.astype(dtype), device=device)
        except (RuntimeError, AssertionError) as error:  # how PyTorch says that there is no GPU
            raise ValueError(f"expected a device that PyTorch finds, found {device!r}: {error}")

    def solve(self, B, mu, *, rho=1.1, kappa=1e-3, kappa_max=1e15, tol=1e-8, max_iter=1000):
        """Minimise for one mu: see :meth:`Regenerator.solve`."""
        import torch

        U, e = self._U, torch.as_tensor(self.e, device=self._U.device)[:, None]
        R = torch.as_tensor((self.U.T @ self.K) @ B.T).to(U)
        P = torch.ones(len(U), len(B)).to(U)
        c, last = P / -kappa, kappa
        for iteration, kappa in enumerate(penalties(kappa, rho, kappa_max, max_iter), 1):
            h = 1 / (e + kappa / 2)
            before = c * (last / kappa)
            P += U @ (h.to(U) * R - (e * h).to(U) * (U.T @ (P - before)))
            c = P.clip(-mu / kappa, mu / kappa)
            P -= c
            if (c - before).abs().max() < tol:
                break
            last = kappa
        return P.cpu().numpy(), iteration
