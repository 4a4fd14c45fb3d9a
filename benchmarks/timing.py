"""What the benchmarks share: how a time is taken, and how a ratio is printed.

Times are processor seconds of this process, which other processes disturb less than the clock.
BLAS must run on one thread, as ``make bench`` sets it: with more, their seconds add up.
"""

from time import process_time

import numpy as np

from cdmer_lib import load_database

LETTERS = {"C": "CASME2", "V": "SMIC_VIS", "N": "SMIC_NIR"}


def pair(letters):
    """Source and target database of "V→N", by letter."""
    source, target = letters.split("→")
    return load_database(LETTERS[source]), load_database(LETTERS[target])


def seconds(call):
    start = process_time()
    call()
    return process_time() - start


def side_by_side(*calls, repeat=3):
    """Shortest time of each call, the calls taken in turn."""
    return np.min([[seconds(call) for call in calls] for _ in range(repeat)], axis=0)


def report(what, ours, other, against):
    """``ours`` and ``other``: seconds for the same work."""
    print(f"{what:34s} {other / ours:8.1f} times as fast as {against}", flush=True)
