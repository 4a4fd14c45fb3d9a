"""TCA in two public Python libraries, measured against the optimum of the trace problem.

Both decompose the matrix (I + mu K L K)^-1 K H K, which is not symmetric, with a routine for
symmetric matrices. This script runs the libraries themselves on the six tasks that need no
licensed data, linear kernel, mu = 1, and measures

share_k   tr((W'AW)^-1 W'BW) with A = I + mu K L K, B = K H K and W the k components: what they
          reach of max tr(W'BW) subject to W'AW = I, once brought to that constraint, as a share;
best_f1   the best mean F1 on the target over every k, linear SVM with C = 1 on K W, and its k.

Nothing else needs it, nor the libraries. In an environment of its own:

    pip install skada==0.6.0 adapt==0.4.5      # adapt brings TensorFlow
    pip install -e .
    python benchmarks/tca_libraries.py         # prints the table, writes results/tca_libraries.csv

``--out FILE`` writes elsewhere.
"""

import argparse
import os
import platform
from importlib.metadata import version

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow speaks on import

import numpy as np
import pandas as pd

from cdmer_lib import TASKS, load_database
from cdmer_lib.solvers.gram_svm import gram_svm
from cdmer_lib.solvers.subspaces import transfer_components
from cdmer_lib.statistics import confusion, mean_f1

MU = 1.0
SHARES_AT = (1, 2, 3, 5, 10, 20, 50)
NAMES = ("CASME2", "SMIC_VIS", "SMIC_NIR")


def of_skada(Xs, Xt):
    """All components (n, n) of skada, the ones it holds for the best first."""
    from skada import TransferComponentAnalysisAdapter

    n = len(Xs) + len(Xt)
    domain = np.r_[np.ones(len(Xs)), -2 * np.ones(len(Xt))]  # positive: source
    adapter = TransferComponentAnalysisAdapter(kernel="linear", n_components=n, mu=MU)
    return adapter.fit(np.vstack([Xs, Xt]), sample_domain=domain).eigvects_


def of_adapt(Xs, Xt):
    """All components (n, n) of adapt."""
    from adapt.feature_based import TCA

    model = TCA(Xt=Xt, n_components=len(Xs) + len(Xt), mu=MU, kernel="linear", verbose=0)
    model.fit_transform(Xs, Xt)
    return model.vectors_


def of_cdmer(Xs, Xt):
    """All components (n, n) of this package, columns of unit length."""
    X = np.vstack([Xs, Xt])
    W = transfer_components(X @ X.T, len(Xs), MU)
    return W / np.linalg.norm(W, axis=0)


LIBRARIES = {
    "cdmer_lib": ("cdmer-lib", of_cdmer),
    "skada": ("skada", of_skada),
    "adapt": ("adapt", of_adapt),
}


def trace_problem(Xs, Xt):
    """K, A = I + mu K L K and B = K H K, each (n, n)."""
    X = np.vstack([Xs, Xt])
    K = X @ X.T
    e = np.r_[np.full(len(Xs), 1 / len(Xs)), np.full(len(Xt), -1 / len(Xt))]
    HK = K - K.mean(axis=0)
    return K, np.eye(len(K)) + MU * np.outer(K @ e, K @ e), HK.T @ HK


def reached(W, A, B):
    """tr(R'BR) for any R with the span of W and R'AR = I."""
    return np.trace(np.linalg.solve(W.T @ A @ W, W.T @ B @ W))


def best_f1(Z, codes, n_s, target, class_order):
    """Best mean F1 on the target over k, and the first k that has it."""
    labels = []
    for k in range(1, Z.shape[1] + 1):
        G = Z[:, :k] @ Z[:n_s, :k].T
        labels.append(class_order[gram_svm(G[:n_s], codes).predict(G[n_s:])])
    scores = mean_f1(confusion(target.y, labels)).round(12)
    return scores.max(), 1 + int(scores.argmax())


def measure(task, source, target):
    """A row for each library."""
    K, A, B = trace_problem(source.X, target.X)
    optimum = of_cdmer(source.X, target.X)
    _, first, inverse = np.unique(source.y, return_index=True, return_inverse=True)
    appearance = np.argsort(first)  # LIBSVM's order of the classes
    codes, class_order = np.argsort(appearance)[inverse], np.unique(source.y)[appearance]
    for name, (package, components) in LIBRARIES.items():
        W = components(source.X, target.X)
        row = {"task": task.letters, "library": name, "version": version(package)}
        for k in SHARES_AT:
            share = reached(W[:, :k], A, B) / reached(optimum[:, :k], A, B)
            row[f"share_{k}"] = round(share, 4)
        f1, k = best_f1(K @ W, codes, len(source.y), target, class_order)
        yield row | {"best_f1": round(f1, 4), "k": k}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="results/tca_libraries.csv")
    options = parser.parse_args()
    data = {name: load_database(name) for name in NAMES}
    rows = []
    for task in TASKS:
        if task.source in data and task.target in data:
            rows += measure(task, data[task.source], data[task.target])
    table = pd.DataFrame(rows)
    table["numpy"], table["scipy"] = np.__version__, version("scipy")
    table["python"] = platform.python_version()
    print(table.to_string(index=False))
    table.to_csv(options.out, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
