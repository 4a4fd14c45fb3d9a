"""Every method: a point of its printed grid here, as it is printed, and by the nearest peer.

*Ours* is timed twice: one fit with its prediction, and a batch of points as a sweep solves them,
which share what they have in common. *Plain* is the algorithm as it is printed, point by point,
nothing shared, every product taken with the features; :mod:`cdmer_lib.solvers.plain` where it has
it. *Peer* is what a user would pick instead; its note says whether it solves the same problem.
"""

import warnings
from itertools import combinations
from typing import NamedTuple

import daqp
import numpy as np
from scipy.optimize import nnls
from scipy.sparse.linalg import LinearOperator
from sklearn.exceptions import ConvergenceWarning
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import Lasso, RidgeClassifier
from sklearn.svm import SVC
from timing import Form, compare, made_up, pair

from cdmer_lib.experiments import get_grid
from cdmer_lib.methods import METHODS
from cdmer_lib.methods.base import one_hot
from cdmer_lib.solvers.blocks import block_columns
from cdmer_lib.solvers.gram_svm import OneVsRest
from cdmer_lib.solvers.plain import rstr_plain, tgsr_plain
from cdmer_lib.solvers.regeneration import kernel_columns
from cdmer_lib.solvers.region_weights import block_kernels, block_weights, selection
from cdmer_lib.solvers.selective_transfer import alternation, matching_kernels
from cdmer_lib.solvers.spectrum import JITTER
from cdmer_lib.solvers.squared_hinge import EarlyStoppedSVM
from cdmer_lib.solvers.subspaces import flow_weights, principal_directions

SAME = "the same problem"
SLOW = "GFK", "STM", "TSRG", "DRFS-T"  # a plain fit takes seconds
ITERATIONS = 20  # of the printed updates on all columns, where a whole run takes minutes
EVERY = 1000  # of the columns, for a library that solves them one by one


class Problem(NamedTuple):
    """Xs (n_s, d), codes ys (n_s,) by first appearance, Xt (n_t, d): the order of LIBSVM."""

    Xs: np.ndarray
    ys: np.ndarray
    Xt: np.ndarray

    @property
    def size(self):
        return f"{len(self.Xs)}+{len(self.Xt)} x {self.Xs.shape[1]}"


def svc(Zs, ys, Zt):
    return SVC(kernel="linear").fit(Zs, ys).predict(Zt)


# As they are printed: Problem and a point to labels (n_t,), or None where only a part is solved


def plain_svm(p, C=1.0):
    """The dual of each pair of classes as a quadratic programme, and the votes."""
    K, rows, votes = p.Xs @ p.Xs.T, p.Xt @ p.Xs.T, np.zeros((len(p.Xt), p.ys.max() + 1))
    for a, b in combinations(range(p.ys.max() + 1), 2):
        of = np.flatnonzero((p.ys == a) | (p.ys == b))
        s = np.where(p.ys[of] == a, 1.0, -1.0)
        H = K[np.ix_(of, of)] * np.outer(s, s) + 1e-9 * np.eye(len(of))
        bounds = np.r_[np.full(len(of), C), 0], np.zeros(len(of) + 1)
        alpha = daqp.solve(H, -np.ones(len(of)), s[None].copy(), *bounds)[0]
        free = (alpha > 1e-6 * C) & (alpha < C * (1 - 1e-6))
        offset = (s - K[np.ix_(of, of)] @ (alpha * s))[free].mean()
        wins = rows[:, of] @ (alpha * s) + offset > 0
        votes[:, a] += wins
        votes[:, b] += ~wins
    return votes.argmax(axis=1)


def plain_iw_svm(p, lam):
    Phi_s, Phi_t = p.Xs @ p.Xt.T, p.Xt @ p.Xt.T
    H = Phi_s.T @ Phi_s / len(p.Xs) + lam * np.eye(len(p.Xt))
    w = np.maximum(Phi_s @ np.maximum(np.linalg.solve(H, Phi_t.mean(axis=0)), 0), 0)
    X, ys, w = p.Xs[w > 0], p.ys[w > 0], w[w > 0]
    machines = [SVC(kernel="linear").fit(X, ys == c, w) for c in range(p.ys.max() + 1)]
    return np.argmax([machine.decision_function(p.Xt) for machine in machines], axis=0)


def plain_tca(p, k, mu=1.0):
    X, n_s = np.vstack([p.Xs, p.Xt]), len(p.Xs)
    n, K = len(X), X @ X.T
    e = np.r_[np.full(n_s, 1 / n_s), np.full(n - n_s, -1 / (n - n_s))]
    L, H = np.outer(e, e), np.eye(n) - 1 / n
    value, W = np.linalg.eig(np.linalg.solve(K @ L @ K + mu * np.eye(n), K @ H @ K))
    Z = K @ W.real[:, np.argsort(-value.real)[:k]]
    return svc(Z[:n_s], p.ys, Z[n_s:])


def plain_gfk(p, k):
    """With the matrix G (d, d) that the method's paper forms."""
    Ps, Pt = (principal_directions(X)[:, :k] for X in (p.Xs, p.Xt))
    U, cosine, Vt = np.linalg.svd(Ps.T @ Pt)
    theta = np.arccos(np.clip(cosine, -1, 1))
    A, L = Ps @ U, flow_weights(theta)
    E = (Pt @ Vt.T - A * cosine) / np.sin(theta)
    G = A * L[0] @ A.T + A * L[1] @ E.T + E * L[1] @ A.T + E * L[2] @ E.T
    machine = SVC(kernel="precomputed").fit(p.Xs @ G @ p.Xs.T, p.ys)
    return machine.predict(p.Xt @ G @ p.Xs.T)


def plain_sa(p, k):
    Ps, Pt = (principal_directions(X)[:, :k] for X in (p.Xs, p.Xt))
    return svc(p.Xs @ (Ps @ (Ps.T @ Pt)), p.ys, p.Xt @ Pt)


def plain_stm(p, lam):
    """Every product with the kernel by the features."""

    def kernel(X):
        by = {"matvec": lambda v: X @ (p.Xs.T @ v), "rmatvec": lambda v: p.Xs @ (X.T @ v)}
        return LinearOperator((len(X), len(p.Xs)), dtype=float, **by)

    def machine(K, y):
        for _, last, _ in alternation(K, y, *matching_kernels(p.Xs, p.Xt), lam, EarlyStoppedSVM):
            pass
        return last

    return OneVsRest(machine, kernel(p.Xs), p.ys).predict(kernel(p.Xt))


def plain_tkl(p, zeta):
    """Non-negative least squares in all n_s^2 entries of the kernel."""
    d = max(1, min(len(p.Xt) - 10, 200))
    value, V = np.linalg.eigh(p.Xt @ p.Xt.T + JITTER * np.eye(len(p.Xt)))
    to_Phi = p.Xt.T @ (V[:, ::-1][:, :d] / value[::-1][:d])
    Phi_s, Phi_t = p.Xs @ to_Phi, p.Xt @ to_Phi
    columns = np.stack([np.outer(phi, phi).ravel() for phi in Phi_s.T], axis=1)
    power = np.arange(d) - np.arange(d)[:, None]
    S = np.triu(float(zeta) ** np.maximum(power, 0))
    A = columns @ S
    scale = np.linalg.norm(A, axis=0)
    l = S @ (nnls(A / scale, (p.Xs @ p.Xs.T + JITTER * np.eye(len(p.Xs))).ravel())[0] / scale)  # noqa: E741
    machine = SVC(kernel="precomputed").fit(Phi_s * l @ Phi_s.T, p.ys)
    return machine.predict(Phi_t * l @ Phi_s.T)


def images(p, method):
    """B (d, m) and K (n, m) of TSRG or DRFS-T, and k (n,)."""
    Ks, Kt, k = kernel_columns(p.Xs, p.Xt)
    return (p.Xs.T, Ks, k) if method == "TSRG" else (p.Xt.T, Kt, k)


def plain_drls(p, lam, mu):
    Ks, Kt, k = kernel_columns(p.Xs, p.Xt)
    return (Kt.T @ rstr_plain(one_hot(p.ys).T, Ks, k, lam, mu)[0]).argmax(axis=1)


def both_steps(p, step_P, step_w, gamma, blocks):
    """RSTR: P for w = 1, then w, each by a function; the labels."""
    X, L = np.vstack([p.Xs, p.Xt]), one_hot(p.ys).T
    K = block_kernels(X, X, block_columns(blocks, X.shape[1]))
    Ks, Kt = K[:, :, : len(p.Xs)], K[:, :, len(p.Xs) :]
    k = Ks.mean(axis=2) - Kt.mean(axis=2)
    P = step_P(L, Ks.sum(axis=0), k.sum(axis=0), gamma)
    w = step_w(*selection(P, Ks, k, L, gamma))
    return np.tensordot(w, P.T @ Kt, 1).argmax(axis=0)


def plain_rstr(p, gamma, mu, lam, blocks="authors"):
    return both_steps(
        p,
        lambda L, Ks, k, gamma: rstr_plain(L, Ks, k, gamma, mu)[0],
        lambda G, q: block_weights(G, q, lam),
        gamma,
        blocks,
    )


def plain_tgsr(p, kappa, xi, blocks="authors"):
    columns = block_columns(blocks, p.Xs.shape[1])
    return (p.Xt @ tgsr_plain(p.Xs, one_hot(p.ys), p.Xt, columns, kappa, xi).C).argmax(axis=1)


# Peers


def with_skada(adapter, p, **parameters):
    import skada

    classifier = SVC(kernel="linear")
    if "Reweight" in adapter:
        classifier = classifier.set_fit_request(sample_weight=True)
    model = skada.make_da_pipeline(getattr(skada, adapter)(**parameters), classifier)
    X, y = np.vstack([p.Xs, p.Xt]), np.r_[p.ys, np.full(len(p.Xt), -1)]
    domain = np.r_[np.ones(len(p.Xs), dtype=int), np.full(len(p.Xt), -2)]
    return model.fit(X, y, sample_domain=domain).predict(p.Xt, sample_domain=domain[len(p.Xs) :])


def with_pot(p, **point):
    import ot

    moved = ot.da.EMDTransport().fit(Xs=p.Xs, ys=p.ys, Xt=p.Xt).transform(Xs=p.Xs)
    return svc(moved, p.ys, p.Xt)


def by_lasso(B, K, k, lam, mu):
    """P (n, D): scikit-learn minimises ||y - A w||^2 / 2m + alpha ||w||_1, column by column."""
    A, y = np.c_[K, np.sqrt(lam) * k].T, np.c_[B, np.zeros(len(B))].T
    return Lasso(mu / (2 * len(A)), fit_intercept=False, precompute=True).fit(A, y).coef_.T


def lasso_drls(p, lam, mu):
    Ks, Kt, k = kernel_columns(p.Xs, p.Xt)
    return (Kt.T @ by_lasso(one_hot(p.ys).T, Ks, k, lam, mu)).argmax(axis=1)


def lasso_rstr(p, gamma, mu, lam, blocks="authors"):
    def step_w(G, q):
        root = np.linalg.cholesky(G + 1e-12 * np.trace(G) * np.eye(len(G))).T
        y = np.linalg.solve(root.T, q)
        alpha = lam * q.max() / len(G)  # the weight lam 2 max q, over 2 m
        return Lasso(alpha, fit_intercept=False, positive=True).fit(root, y).coef_

    return both_steps(p, lambda *a: by_lasso(*a, mu), step_w, gamma, blocks)


def nystroem_tkl(p, zeta):
    basis = Nystroem(kernel="linear", n_components=max(1, min(len(p.Xt) - 10, 200)), random_state=0)
    basis.fit(p.Xt)
    return svc(basis.transform(p.Xs), p.ys, basis.transform(p.Xt))


PLAIN = {
    "SVM": (plain_svm, "a quadratic programme for each pair of classes"),
    "IW-SVM": (plain_iw_svm, "uLSIF and machines on the features, point by point"),
    "TCA": (plain_tca, "the printed matrix, not symmetric, decomposed at each k"),
    "GFK": (plain_gfk, "the matrix G of all features by all features"),
    "SA": (plain_sa, "bases and a machine on the features, point by point"),
    "STM": (plain_stm, "every product with the kernel by the features"),
    "TKL": (plain_tkl, "least squares in all entries of the kernel, point by point"),
    "DRLS": (plain_drls, "the printed updates"),
    "RSTR": (plain_rstr, "the printed updates"),
    "TGSR": (plain_tgsr, "Algorithm 1 on all features"),
}
PEERS = {
    "SVM": ("scikit-learn", lambda p, **_: svc(*p), f"{SAME}: SVC on the features"),
    "IW-SVM": ("skada", lambda p, lam: with_skada("KMMReweightAdapter", p),
               "other weights: kernel mean matching"),
    "TCA": ("skada",
            lambda p, k: with_skada("TransferComponentAnalysisAdapter", p, n_components=k, mu=1.0),
            "the same criterion, in another way"),
    "GFK": ("skada", lambda p, k: with_skada("SubspaceAlignmentAdapter", p, n_components=k),
            "another problem: SA, from the same bases"),
    "SA": ("skada", lambda p, k: with_skada("SubspaceAlignmentAdapter", p, n_components=k),
           "the same method, centred"),
    "STM": ("skada", lambda p, lam: with_skada("KMMReweightAdapter", p),
            "another problem: weights once, before the machine"),
    "TKL": ("scikit-learn", nystroem_tkl, "another problem: Nyström with the old spectrum"),
    "DRFS-T": ("POT", with_pot, "another problem: optimal transport of the source"),
    "DRLS": ("scikit-learn", lasso_drls, f"{SAME}: Lasso"),
    "RSTR": ("scikit-learn", lasso_rstr, f"{SAME}: Lasso in both steps"),
    "TGSR": ("scikit-learn", lambda p, **_: RidgeClassifier().fit(p.Xs, p.ys).predict(p.Xt),
             "another problem: a ridge, for scale"),
}  # fmt: skip


def regenerating(p, method, point):
    """Plain form and a peer of TSRG and DRFS-T, on a part of the iterations or of the columns."""
    n_iter = METHODS[method](**point).fit(*p).n_iter_

    def printed():
        rstr_plain(*images(p, method), **point, max_iter=min(ITERATIONS, n_iter))

    def lasso():
        B, K, k = images(p, method)
        by_lasso(B[::EVERY], K, k, **point)

    share, d = min(1, ITERATIONS / n_iter), p.Xs.shape[1]
    note = f"the printed updates, {share * n_iter:.0f} of {n_iter} iterations taken"
    yield Form("plain", printed, note, units=share)
    note = f"{SAME}: Lasso, every {EVERY}th column"
    yield Form("peer", lasso, note, "scikit-learn", len(range(0, d, EVERY)) / d, memory=False)


def compare_method(name, p, tiny=False):
    """The rows of one method."""
    warnings.simplefilter("ignore", ConvergenceWarning)  # of Lasso: see the column "same"
    method = METHODS[name]
    fixed = {"blocks": 5} if tiny and "blocks" in method().get_params() else {}
    grid = get_grid(name, "paper", len(p.Xs), len(p.Xt))
    if tiny:
        size = 4
    elif method.heavy:
        size = method.points_per_batch
    else:
        size = max(method.points_per_batch, 100)
    if "kappa" in grid[0]:
        n_blocks = fixed.get("blocks", 85)
        grid = [point for point in grid if point["kappa"] <= n_blocks]
    if len(grid) > size:
        grid = [grid[i] for i in np.linspace(0, len(grid) - 1, size).astype(int)]
    few = 1 if name in SLOW else 3  # points that are fitted one by one
    some = grid[len(grid) // (2 * few) :: max(1, len(grid) // few)][:few]

    def each(fit):
        return lambda: np.array([fit(p, **point, **fixed) for point in some])

    def fit(p, **point):
        return method(**point).fit(*p).predict(p.Xt)

    def batch():
        list(method(**fixed).predict_grid(*p, grid))

    ours = {
        "one fit": Form("ours", each(fit), "", "cdmer-lib", len(some)),
        "a sweep": Form("ours", batch, f"{len(grid)} points at once", "cdmer-lib", len(grid)),
    }
    others = []
    if name in PLAIN:
        call, note = PLAIN[name]
        others.append(Form("plain", each(call), note, units=len(some)))
    else:
        others += regenerating(p, name, some[0])
    if name in PEERS:
        library, call, note = PEERS[name]
        others.append(Form("peer", each(call), note, library, len(some)))
    return compare("methods", name, p.size, ours, others, tiny)


def jobs(tiny=False):
    """(label, function without arguments that yields rows) of each method."""
    if tiny:
        p = Problem(*made_up(15, 14, 20))
    else:
        source, target = pair("V→N")
        _, first, codes = np.unique(source.y, return_index=True, return_inverse=True)
        p = Problem(source.X, np.argsort(np.argsort(first))[codes], target.X)
    return [(name, lambda name=name: compare_method(name, p, tiny)) for name in METHODS]
