"""What the benchmarks share: how a time is taken, and how rows are made of it.

Times are processor seconds of this process, which other processes disturb less than the clock.
BLAS must run on one thread, as ``make bench`` sets it: with more, their seconds add up.

A row has what was measured (``benchmark``, ``what``, ``work``, ``size``), in which ``form`` (ours,
plain: as the paper prints it, peer: of another library), ``seconds`` for one unit of work with
``low`` and ``high`` over the repeats, ``ratio``: the seconds of this form over ours, taken in each
repeat, ``same``: the share of results that equal ours, and ``peak_mb``: the largest size of all
arrays (tracemalloc; without what LIBSVM and LAPACK take for themselves).
"""

import tracemalloc
from collections.abc import Callable
from importlib import import_module
from time import process_time
from typing import NamedTuple

import numpy as np

from cdmer_lib import load_database
from cdmer_lib.files import package_version

LETTERS = {"C": "CASME2", "V": "SMIC_VIS", "N": "SMIC_NIR"}
OPTIONAL = {"skada": "skada", "POT": "ot"}  # and the module of each
INSTALL = 'pip install -e ".[adapt]"'
left_out = {}  # libraries that are absent: how to install them


class Form(NamedTuple):
    """One way to do some work. ``call()`` does ``units`` of it and may return its result."""

    form: str
    call: Callable
    note: str = ""
    library: str = ""
    units: float = 1
    memory: bool = True  # False where a call does not need the memory of the whole work


def pair(letters):
    """Source and target database of "V→N", by letter."""
    source, target = letters.split("→")
    return load_database(LETTERS[source]), load_database(LETTERS[target])


def made_up(n_s, n_t, d):
    """Xs, ys, Xt: three classes, a shift between the two."""
    rng = np.random.default_rng(0)
    y = np.arange(n_s) % 3
    return rng.random((n_s, d)) + 0.3 * y[:, None], y, rng.random((n_t, d)) + 0.5


def seconds(call):
    start = process_time()
    call()
    return process_time() - start


def repeated(call, tiny=False):
    """Median, shortest and longest of some times of a call, and how many: few of a slow one."""
    times = [seconds(call)]
    while len(times) < 2 or (not tiny and len(times) < (3 if sum(times) > 1 else 20)):
        times.append(seconds(call))
    return spread(times)


def spread(values):
    return np.median(values), min(values), max(values), len(values)


def compare(benchmark, what, size, ours, others, tiny=False):
    """Rows of ``ours`` (a Form for each kind of work) and ``others``, all timed in turn.

    An untimed call of each comes first, for memory and results.
    """
    forms, found, start = {}, {}, process_time()
    for key, form in [*ours.items(), *enumerate(others)]:
        if form.library in OPTIONAL:
            try:  # here, so that its own memory does not count
                import_module(OPTIONAL[form.library])
            except ModuleNotFoundError:
                left_out[form.library] = INSTALL
                print(f"{what}: left out, {form.library} absent; {INSTALL}", flush=True)
                continue
        tracemalloc.start()
        result = form.call()
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        forms[key], found[key] = form, (peak if form.memory else np.nan, result)
    turns = 2 if tiny else 3 if process_time() - start > 1 else 9
    times = np.array([[seconds(f.call) / f.units for f in forms.values()] for _ in range(turns)])
    times = dict(zip(forms, times.T, strict=True))
    for work in ours:
        for key in [work, *(key for key in forms if key not in ours)]:
            form, (peak, result) = forms[key], found[key]
            known = key != work and result is not None and found[work][1] is not None
            row = {"benchmark": benchmark, "what": what, "work": work, "size": size}
            row |= {"form": form.form, "library": form.library}
            row["version"] = package_version(form.library) if form.library else ""
            names = "seconds", "low", "high", "repeats"
            row |= zip(names, spread(times[key]), strict=True)
            if key != work:
                names = "ratio", "ratio_low", "ratio_high"
                row |= zip(names, spread(times[key] / times[work])[:3], strict=True)
            if known:
                row["same"] = np.isclose(result, found[work][1], atol=1e-9).mean()
            yield row | {"peak_mb": peak, "note": form.note}


def line(row):
    """A row as a line of text."""
    text = f"{row['benchmark']:11s} {row['what']:26s} {row.get('work', ''):10s} "
    text += f"{row.get('size', '')!s:16s} {row.get('form', ''):7s} {1e3 * row['seconds']:10.2f} ms"
    if "ratio" in row:
        text += "  x {ratio:.3g} ({ratio_low:.3g} to {ratio_high:.3g})".format_map(row)
    if "same" in row:
        text += f", {row['same']:.0%} same"
    if row.get("peak_mb", 0) > 0:
        text += f", {row['peak_mb']:.0f} MB"
    if "exponent" in row:
        text += "  exponent {exponent:.2f} +- {error:.2f}, counted {expected:.2f}".format_map(row)
    if "flops" in row:
        text += "  {gflops:.1f} GFLOP/s".format_map(row)
    if "bound" in row:
        text += ", {share:.0%} of the roof {roof:.1f}, bound by {bound}".format_map(row)
    said = " ".join(filter(None, (row.get("library"), row.get("version"), row.get("note"))))
    return f"{text}  {said}".rstrip()
