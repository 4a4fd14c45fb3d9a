"""The roofline of an iteration: what it computes and moves, and how near it comes to the machine.

The machine: float64 products of large matrices, and a triad a = b + s c on arrays larger than its
caches (numpy: two passes, 5 numbers read or written for each entry). Small matrices have lower
peaks, and small arrays stay in a cache, so both are measured again at the sizes that the iteration
has; and the same iteration on a handful of numbers, which is all fixed cost of calls.

An iteration takes no less than the longest of three times: operations over the peak of its own
products, bytes over the speed of its own triad, and its calls. The longest says what it is bound
by. The first two make the roof, min(peak, intensity x speed).

Operations and numbers moved, counted pass by pass (each array once for each pass over it, whether
it comes from memory or from a cache). n clips in all, r = rank of G, D columns of P (a chunk of
them), q points side by side, c classes, m = n_s + 1, K blocks; z = q c K m.

    regeneration   4 D n r + 6 D n + 3 D r     13 D n + 9 D r + 2 n r
    TGSR           2 z m + 7 z + 4 q c m^2     7 z + K m^2 + 2 q m^2 + 6 q c m

Regeneration is TSRG and DRFS-T (D = d, in chunks), DRLS and RSTR (D = c). Seconds of an iteration
are the difference of two runs, over that of their iterations.
"""

import numpy as np
from timing import made_up, repeated

from cdmer_lib.methods.base import one_hot
from cdmer_lib.solvers.blocks import block_columns
from cdmer_lib.solvers.regeneration import CHUNK, Regenerator, kernel_columns
from cdmer_lib.solvers.tgsr_gram import CACHE, block_data, solve

FEW, MANY = 10, 50  # iterations
MANY_SHORT = 400  # where one takes microseconds, and to begin and end takes a millisecond


def product(a, b, c):
    """Median seconds of a float64 product (a, b) by (b, c), and its operations."""
    rng = np.random.default_rng(0)
    A, B = rng.random((a, b)), rng.random((b, c))
    out, times = np.empty((a, c)), max(1, int(2e7 / (2 * a * b * c)))

    def call():
        for _ in range(times):
            np.matmul(A, B, out=out)

    return repeated(call)[0] / times, 2 * a * b * c


def triad(n_bytes):
    """Median seconds of a triad whose three arrays have so many bytes in all, bytes moved."""
    n = max(1, n_bytes // 24)
    a, b, c = np.zeros(n), np.ones(n), np.ones(n)
    times = max(1, 4_000_000 // n)

    def call():
        for _ in range(times):
            np.multiply(c, 3.0, out=a)
            np.add(a, b, out=a)

    return repeated(call)[0] / times, 40 * n


def regeneration(Xs, ys, Xt, of):
    """A call ``run(iterations)``, operations and bytes of an iteration, its product, its memory."""
    Ks, Kt, k = kernel_columns(Xs, Xt)
    B, K = {"TSRG": (Xs.T, Ks), "DRFS-T": (Xt.T, Kt)}.get(of, (one_hot(ys).T, Ks))
    solver = Regenerator(K, k, 1.0)
    D, (n, r) = len(B), solver.U.shape
    chunk, numbers = min(D, CHUNK), -(-D // CHUNK) * 2 * n * r
    return (
        lambda iterations: solver.solve(B, 1e-9, tol=0, max_iter=iterations),
        4 * D * n * r + 6 * D * n + 3 * D * r,
        8 * (13 * D * n + 9 * D * r + numbers),
        (chunk, n, r),
        8 * (4 * chunk * n + 2 * chunk * r + n * r),
    )


def tgsr(Xs, ys, Xt, n_blocks, q):
    """As :func:`regeneration`, for as many points as run side by side."""
    Y, L = block_data(Xs, Xt, block_columns(n_blocks, Xs.shape[1])), one_hot(ys)
    m, c, K = len(Xs) + 1, L.shape[1], n_blocks
    q = q or max(1, CACHE // (c * K * m * 8))
    kappas, xis = 1 + np.arange(q) % K, np.geomspace(0.001, 1000, q)
    z = q * c * K * m
    return (
        lambda iterations: list(solve(Y, L, kappas, xis, tol=1e-300, max_iter=iterations)),
        2 * z * m + 7 * z + 4 * q * c * m**2,
        8 * (7 * z + K * m**2 + 2 * q * m**2 + 6 * q * c * m),
        (q * c, m, K * m),
        8 * (z + K * m**2),
    )


def an_iteration(run, many=MANY):
    """Median, shortest and longest seconds of an iteration, and how many times it was taken."""
    run(FEW)
    *times, repeats = repeated(lambda: run(many))
    start = repeated(lambda: run(FEW))[0]
    return *(max(t - start, 1e-9) / (many - FEW) for t in times), repeats


def of_method(name, sizes, machine, blocks):
    """Rows of one method: the iteration, its product, its triad, its calls.

    ``sizes`` are n_s, n_t and d; ``blocks`` K and q of TGSR.
    """
    make, usual, least, short = regeneration, (name,), (name,), MANY_SHORT
    if name == "TGSR":
        make, usual, least, short = tgsr, blocks, (3, 1), MANY
    run, flops, moved, shape, memory = make(*made_up(*sizes), *usual)
    calls = an_iteration(make(*made_up(4, 4, 3), *least)[0], short)[0]
    if name in ("TSRG", "DRFS-T"):  # calls are made for each chunk
        calls *= -(-sizes[2] // CHUNK)
        short = MANY
    (t_product, f_product), (t_triad, b_triad) = product(*shape), triad(memory)
    median, low, high, repeats = an_iteration(run, short)
    own = {"arithmetic": flops * t_product / f_product, "memory": moved * t_triad / b_triad}
    size = "a chunk: " if name in ("TSRG", "DRFS-T") else ""
    common = {"benchmark": "roofline", "what": name, "library": "cdmer-lib"}
    roof = flops / max(own.values()) / 1e9
    bound = max(own | {"calls": calls}, key=(own | {"calls": calls}).get)
    yield common | {
        "work": "iteration", "size": size + "{} x {} x {}".format(*shape), "form": "ours",
        "seconds": median, "low": low, "high": high, "repeats": repeats, "flops": flops,
        "bytes": moved, "gflops": flops / median / 1e9, "roof": roof,
        "share": flops / median / 1e9 / roof, "bound": bound,
        "roof_large": min(machine["product"], flops / moved * machine["triad"]),
    }  # fmt: skip
    part = {"work": "product", "size": "{} x {} x {}".format(*shape), "seconds": t_product}
    yield common | part | {"flops": f_product, "gflops": f_product / t_product / 1e9}
    yield common | {"work": "triad", "size": memory, "seconds": t_triad, "bytes": b_triad}
    yield common | {"work": "calls", "seconds": calls}


def jobs(tiny=False):
    """(label, function without arguments that yields rows): the machine, then each method."""
    machine = {}

    def of_machine():
        n, size = (100, 100_000) if tiny else (2000, 400_000_000)
        (t_product, flops), (t_triad, moved) = product(n, n, n), triad(size)
        machine.update(product=flops / t_product / 1e9, triad=moved / t_triad / 1e9)
        common = {"benchmark": "roofline", "what": "machine"}
        part = {"work": "product", "size": f"{n} x {n} x {n}", "seconds": t_product}
        yield common | part | {"flops": flops, "gflops": machine["product"]}
        yield common | {"work": "triad", "size": size, "seconds": t_triad, "bytes": moved}

    sizes, blocks = ((15, 14, 60), (5, 4)) if tiny else ((71, 71, 15045), (85, None))
    names = "TGSR", "TSRG", "DRFS-T", "DRLS", "RSTR"
    return [
        ("machine", of_machine),
        *((n, lambda n=n: of_method(n, sizes, machine, blocks)) for n in names),
    ]
