"""C3D: network, weights, features and fine-tuning. Needs PyTorch, the extra ``c3d``."""

from .descriptor import C3D, C3D_ROWS, CONTROL_ROWS, FINETUNED_ROWS, RandomC3D

__all__ = ["C3D", "C3D_ROWS", "CONTROL_ROWS", "FINETUNED_ROWS", "RandomC3D"]
