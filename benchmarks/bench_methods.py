"""Ratios of time: the package against the papers' plain forms and what a user would pick instead.

Everything is timed in one run on the released features (V→N), so only the ratios matter.
:mod:`bench_grids` has the methods whose grids take hours.
"""

import os
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Lasso, RidgeClassifier
from sklearn.svm import SVC
from tca_libraries import of_adapt, of_cdmer, of_skada
from timing import pair, report, seconds, side_by_side

from cdmer_lib.experiments import get_grid
from cdmer_lib.methods import DRLS, GFK, METHODS, RSTR, SA, SVM, TGSR
from cdmer_lib.methods.base import one_hot
from cdmer_lib.solvers.blocks import block_columns
from cdmer_lib.solvers.plain import rstr_plain
from cdmer_lib.solvers.regeneration import Regenerator, kernel_columns
from cdmer_lib.solvers.region_weights import block_kernels, block_weights, selection
from cdmer_lib.solvers.subspaces import flow_weights, principal_directions


def bench_svm(source, target):
    ours, user = side_by_side(
        lambda: SVM().fit(source.X, source.y).predict(target.X),
        lambda: SVC(kernel="linear").fit(source.X, source.y).predict(target.X),
    )
    report("SVM, from the Gram matrix", ours, user, "scikit-learn's SVC on the features")


def bench_sweeps(source, target):
    """A whole printed grid from one factorisation, and ten points fitted anew."""
    data = source.X, source.y, target.X
    for method in ("SA", "GFK", "TCA", "TKL", "IW-SVM", "STM", "RSTR"):
        estimator = METHODS[method]()
        points = get_grid(method, "paper", len(source.y), len(target.y))[:600]
        some = points[:: max(1, len(points) // 10)]
        ours = seconds(lambda e=estimator, p=points: list(e.predict_grid(*data, p)))
        each = seconds(
            lambda e=estimator, p=some: [e.set_params(**q).fit(*data).predict(target.X) for q in p]
        )
        other = each / len(some) * len(points)
        report(f"{method}, {len(points)} points", ours, other, "a fit a point")


def bench_gfk(source, target, k=20):
    """One k, with and without the 15045 x 15045 matrix G that the method's papers form."""
    Ps, Pt = (principal_directions(X)[:, :k] for X in (source.X, target.X))
    ours = seconds(lambda: GFK(k).fit(source.X, source.y, target.X).predict(target.X))

    def plain():
        U, cosine, Vt = np.linalg.svd(Ps.T @ Pt)
        theta = np.arccos(np.clip(cosine, -1, 1))
        A, L = Ps @ U, flow_weights(theta)
        E = (Pt @ Vt.T - A * cosine) / np.sin(theta)
        G = A * L[0] @ A.T + A * L[1] @ E.T + E * L[1] @ A.T + E * L[2] @ E.T
        SVC(kernel="precomputed").fit(source.X @ G @ source.X.T, source.y)

    report(f"GFK, k = {k}", ours, seconds(plain), "forming G, without its SVDs and prediction")


def bench_label_space(source, target):
    """DRLS and RSTR, whose P has three columns: the printed updates at every 50th point."""
    data = source.X, source.y, target.X
    L = one_hot(source.y - 1).T
    Ks, _, k = kernel_columns(source.X, target.X)
    points = get_grid("DRLS", "paper")
    some = points[::50]
    ours, other = side_by_side(
        lambda: list(DRLS().predict_grid(*data, points)),
        lambda: [rstr_plain(L, Ks, k, **point) for point in some],
        repeat=2,
    )
    other *= len(points) / len(some)
    report(f"DRLS, {len(points)} points", ours, other, "the printed updates, point by point")

    X = np.vstack([source.X, target.X])
    K = block_kernels(X, X, block_columns("authors", X.shape[1]))
    of_source, of_target = np.split(K, [len(source.y)], axis=2)
    k = of_source.mean(axis=2) - of_target.mean(axis=2)

    def plain(gamma, mu, lam):
        P, _ = rstr_plain(L, of_source.sum(axis=0), k.sum(axis=0), gamma, mu)
        return block_weights(*selection(P, of_source, k, L, gamma), lam)

    points = get_grid("RSTR", "paper")[:500]
    some = points[::50]
    ours, other = side_by_side(
        lambda: list(RSTR().predict_grid(*data, points)),
        lambda: [plain(**point) for point in some],
        repeat=2,
    )
    other *= len(points) / len(some)
    report(f"RSTR, {len(points)} points", ours, other, "the printed updates, point by point")


def bench_lasso(source, target, lam=1.0, mu=0.1, every=1000):
    """Some columns of TSRG: scikit-learn minimises ||y - A w||^2 / 2m + alpha ||w||_1.

    Its MultiTaskLasso has another norm, that of whole rows of P.
    """
    Ks, _, k = kernel_columns(source.X, target.X)
    A, B = np.c_[Ks, np.sqrt(lam) * k].T, source.X.T[::every].copy()
    y = np.c_[B, np.zeros(len(B))].T
    lasso = Lasso(mu / (2 * len(A)), fit_intercept=False, precompute=True)
    solver = Regenerator(Ks, k, lam, np.float32)
    with warnings.catch_warnings():  # 1000 passes, its default, are not enough for some columns
        warnings.simplefilter("ignore", ConvergenceWarning)
        whole, theirs = side_by_side(
            lambda: solver.solve(source.X.T, mu), lambda: lasso.fit(A, y), repeat=2
        )
    ours = whole / source.X.shape[1] * len(B)

    def objective(P):
        return ((y - A @ P) ** 2).sum() + mu * np.abs(P).sum()

    excess = objective(lasso.coef_.T) / objective(solver.solve(B, mu)[0]) - 1
    against = f"scikit-learn's Lasso, whose objective ends {excess:+.0%}"
    report(f"TSRG, a column at mu = {mu}", ours, theirs, against)


def bench_ridge(source, target):
    """Nothing public solves TGSR: a ridge classifier says what a fit of that size costs."""
    points = get_grid("TGSR", "quick")
    ours, ridge = side_by_side(
        lambda: list(TGSR().predict_grid(source.X, source.y, target.X, points)),
        lambda: RidgeClassifier().fit(source.X, source.y).predict(target.X),
    )
    what = f"TGSR, one of {len(points)} points"
    report(what, ours / len(points), ridge, "one RidgeClassifier (another model: a scale)")


def bench_libraries(source, target, k=20):
    """SA and TCA as skada and adapt have them; they have no GFK, TKL, STM, nor what follows."""
    Xs, Xt = source.X, target.X
    domain = np.r_[np.ones(len(Xs)), -2 * np.ones(len(Xt))]

    def skada_sa():
        from skada import SubspaceAlignmentAdapter

        adapter = SubspaceAlignmentAdapter(n_components=k)
        Z = adapter.fit_transform(np.vstack([Xs, Xt]), sample_domain=domain)
        SVC(kernel="linear").fit(Z[: len(Xs)], source.y).predict(Z[len(Xs) :])

    trials = [
        (f"SA, k = {k}", lambda: SA(k).fit(Xs, source.y, Xt).predict(Xt), "skada", skada_sa),
        ("TCA, all components", lambda: of_cdmer(Xs, Xt), "skada", lambda: of_skada(Xs, Xt)),
        ("TCA, all components", lambda: of_cdmer(Xs, Xt), "adapt", lambda: of_adapt(Xs, Xt)),
    ]
    for what, ours, library, theirs in trials:
        try:
            report(what, *side_by_side(ours, theirs), library)
        except ImportError:
            print(f"{what:34s} {library} not installed")


if __name__ == "__main__":
    load, cores = os.getloadavg()[0], os.cpu_count()
    print(f"V→N, processor seconds, {cores} cores, load {load:.1f} at the start")
    task = pair("V→N")
    for bench in (
        bench_svm,
        bench_sweeps,
        bench_gfk,
        bench_label_space,
        bench_lasso,
        bench_ridge,
        bench_libraries,
    ):
        bench(*task)
