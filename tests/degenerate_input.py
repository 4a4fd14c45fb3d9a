"""Small domains, well-behaved and degenerate, that every solver is tested on."""

import numpy as np


def domains(seed=0, n_s=9, n_t=8, n_features=6):
    """Positive features, three classes and a shift: Xs, codes (order of appearance), Xt."""
    rng = np.random.default_rng(seed)
    codes = np.arange(n_s) % 3
    Xs, Xt = rng.random((n_s, n_features)), rng.random((n_t, n_features)) + 0.3
    Xs[:, :3] += np.eye(3)[codes][:, :n_features]
    Xt[:, :3] += np.eye(3)[np.arange(n_t) % 3][:, :n_features]
    return Xs, codes, Xt


DEGENERATE = [
    "nothing", "class missing in the target", "duplicate source samples",
    "every source sample twice", "duplicate target samples", "duplicates everywhere",
    "target = source", "three source samples",
    "constant columns", "constant source", "constant target", "constant domains", "all zeros",
    "one target sample", "one feature",
]  # fmt: skip


def degenerate(how):
    """Xs, codes, Xt with the named defect."""
    Xs, codes, Xt = domains()
    if how == "class missing in the target":
        Xt = Xt[np.arange(len(Xt)) % 3 != 2]
    elif how == "duplicate source samples":
        Xs[3] = Xs[4] = Xs[0]  # in two classes
    elif how == "every source sample twice":
        Xs, codes = np.vstack([Xs, Xs]), np.r_[codes, codes]
    elif how == "duplicate target samples":
        Xt = np.vstack([Xt, Xt[:5]])
    elif how == "duplicates everywhere":
        Xs[3], Xt[2], Xt[0] = Xs[0], Xt[1], Xs[0]
    elif how == "target = source":
        Xt = Xs.copy()
    elif how == "three source samples":
        Xs, codes = Xs[:3], codes[:3]
    elif how == "constant columns":
        Xs[:, :3] = Xt[:, :3] = 0.5
    elif how == "constant source":
        Xs[:] = 0.7
    elif how == "constant target":
        Xt[:] = 0.7
    elif how == "constant domains":
        Xs[:], Xt[:] = 0.5, 0.7
    elif how == "all zeros":
        Xs[:], Xt[:] = 0, 0
    elif how == "one target sample":
        Xt = Xt[:1]
    elif how == "one feature":
        Xs, Xt = Xs[:, :1], Xt[:, :1]
    return Xs, codes, Xt
