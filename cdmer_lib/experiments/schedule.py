"""Batches of one sweep or of many on one pool of processes: what comes next, how long the rest."""

import os
import time
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from threading import Lock

import numpy as np
from threadpoolctl import threadpool_limits

from ..parallel import peak_memory, workers

BATCH_SECONDS = {False: 1.0, True: 20.0}  # by ``heavy``: what a method's batch takes, roughly,
USUAL_SIZE = 71 * 142 * 15045  # on V→N
PROBE = 8  # part of a batch of a heavy method that is tried first: an eighth


class Forecast:
    """How long batches take, judged by those that are done.

    A batch has a *kind*, a tuple from the general to the special, such as (method, task), and a
    *rough* time in seconds, which is multiplied by a ratio of measured to rough time: that of the
    batches of its kind that are done, and, as if it were one batch more, that of the most special
    beginning of the kind. The latter keeps a kind that was quick by chance from being trusted.
    """

    def __init__(self):
        self._sums = {}  # kind or a beginning of one -> rough seconds, measured ones, batches

    def add(self, kind, rough, seconds):
        """Take note of a batch that is done."""
        for n in range(len(kind) + 1):
            self._sums[kind[:n]] = self._sums.get(kind[:n], 0) + np.array([rough, seconds, 1])

    def seconds(self, kind, rough):
        """Seconds that a batch will take, or several of a kind with the sum of their ``rough``."""
        known = [self._sums[kind[:n]] for n in range(len(kind)) if kind[:n] in self._sums]
        ratio = known[-1][1] / known[-1][0] if known else 1.0
        if kind in self._sums:
            of_rough, measured, batches = self._sums[kind]
            ratio = (batches * measured / of_rough + ratio) / (batches + 1)
        return rough * ratio

    def remaining(self, waiting, running, n_jobs):
        """Seconds until ``n_jobs`` processes have done all that is ``waiting`` or ``running``.

        Both are lists of (kind, rough); what is running is taken as half done.
        """
        running = [self.seconds(*batch) / 2 for batch in running]
        total = sum(self.seconds(*batch) for batch in waiting) + sum(running)
        return max([total / n_jobs, *running])


@dataclass(eq=False)
class Part:
    """Work of one kind on one problem.

    ``work`` is a list of grid points, or of pairs of a point and something else; ``solve`` is a
    function of a module, so that it can be sent to another process: a batch is solved by
    ``solve(estimator, Xs, ys, Xt, *more, batch)``. ``files`` are those that the result belongs to.
    """

    problem: object
    solve: object
    work: list
    more: tuple = ()
    files: tuple = (None,)

    @cached_property
    def kind(self):
        """From the general to the special, see :class:`Forecast`."""
        problem = self.problem
        return problem.method, str(problem.fixed), self.solve.__name__, problem.task.letters

    @cached_property
    def rough(self):
        """Rough seconds of one item of the work: a batch grows with n_s (n_s + n_t) d."""
        (n_s, d), n_t = self.problem.source.X.shape, len(self.problem.target.y)
        usual = BATCH_SECONDS[self.problem.estimator.heavy] / USUAL_SIZE
        return usual * n_s * (n_s + n_t) * d / self.problem.estimator.points_per_batch

    def job(self, batch):
        """Function and arguments that solve a batch."""
        from sklearn.base import clone

        source, target = self.problem.source, self.problem.target
        arrays = source.X, source.y, target.X
        return self.solve, clone(self.problem.estimator), *arrays, *self.more, batch


class Schedule:
    """Iterator of (number, part, batch) over the batches of some parts, a list of :class:`Part`.

    First comes a batch of each part, so that the time of the others is known: one of each variant
    of a method, then of the other tasks, what seems to take longest in all before the rest. Then
    come the quick methods, whose rows are complete soon, and the heavy ones, each time the batch
    that takes longest, so that the end is not one long batch. The batches of a part come in a
    random order, so that those that are done stand for all; a single part in its own.
    """

    def __init__(self, parts, n_jobs):
        self.forecast, self.n_jobs, self._lock = Forecast(), n_jobs, Lock()
        parts = sorted(parts, key=lambda part: -part.rough * len(part.work))
        self._waiting = {part: _shuffled(part, seed) for seed, part in enumerate(parts)}
        if len(parts) == 1:
            self._waiting = {parts[0]: _batches(parts[0], parts[0].work)[::-1]}
        self._running, self._numbers = {}, count()
        variants = {part.kind[:2]: part for part in reversed(parts)}  # the longest part of each
        self._first = iter(sorted(parts, key=lambda part: variants[part.kind[:2]] is not part))

    def __iter__(self):
        return self

    def __next__(self):
        with self._lock:  # joblib asks from another thread than the one that notes what is done
            if not self._waiting:
                raise StopIteration
            part = next(self._first, None) or max(self._waiting, key=self._first_of_all)
            batch = self._waiting[part].pop()
            if not self._waiting[part]:
                del self._waiting[part]
            number = next(self._numbers)
            self._running[number] = part, len(batch)
            return number, part, batch

    def _first_of_all(self, part):
        seconds = self.forecast.seconds(part.kind, part.rough * len(self._waiting[part][-1]))
        return not part.problem.estimator.heavy, seconds

    def done(self, number, seconds):
        """Take note of a batch that took some seconds; its part and its number of items."""
        with self._lock:
            part, n = self._running.pop(number)
            self.forecast.add(part.kind, part.rough * n, seconds)
            return part, n

    def remaining(self):
        """Seconds until the rest is done."""
        with self._lock:
            waiting = [(p.kind, p.rough * sum(map(len, b))) for p, b in self._waiting.items()]
            running = [(part.kind, part.rough * n) for part, n in self._running.values()]
            return self.forecast.remaining(waiting, running, self.n_jobs)


def _batches(part, work):
    size = part.problem.estimator.points_per_batch
    return [work[i : i + size] for i in range(0, len(work), size)]


def _shuffled(part, seed):
    """The batches of a part in a random order, the first one last.

    A heavy one's first is short and spread evenly: some points take ten times as long as others.
    """
    work, rng, estimator = part.work, np.random.default_rng(seed), part.problem.estimator
    n = -(-min(estimator.points_per_batch, len(work)) // PROBE) if estimator.heavy else 0
    spread = set(((np.arange(n) + rng.random()) * len(work) / max(n, 1)).astype(int))
    batches = _batches(part, [item for i, item in enumerate(work) if i not in spread])
    rng.shuffle(batches)
    batches.sort(key=len)
    first = [work[i] for i in sorted(spread)]
    return [*batches, first] if first else batches


def solved(parts, n_jobs=1, progress=True, title=str):
    """Yield (part, what its ``solve`` returned) for each batch of some parts, in any order.

    No more than ``n_jobs`` batches are solved at a time, each in a process with one thread of
    linear algebra; with one process it is this one, as it is. ``title()`` begins the line that
    shows the progress; the memory in it is the sum of the largest that each process had so far.
    """
    from joblib import delayed, effective_n_jobs
    from tqdm import tqdm

    processes = effective_n_jobs(n_jobs)
    schedule = Schedule(parts, processes)
    jobs = (
        delayed(_timed)(number, processes > 1, *part.job(batch)) for number, part, batch in schedule
    )
    pool = workers(n_jobs, return_as="generator_unordered", pre_dispatch="n_jobs", batch_size=1)
    total, peaks = sum(len(part.work) * len(part.files) for part in parts), {}
    line = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} points [{elapsed}{postfix}]"
    hidden = not (progress and total)
    with tqdm(total=total, desc=title(), bar_format=line, disable=hidden) as bar:
        for number, seconds, process, memory, result in pool(jobs):
            part, n = schedule.done(number, seconds)
            yield part, result
            peaks |= {process: memory, os.getpid(): peak_memory()}
            left = tqdm.format_interval(round(schedule.remaining()))
            bar.set_description_str(title(), refresh=False)
            bar.set_postfix_str(f"about {left} left, {sum(peaks.values()):.0f} MB", refresh=False)
            bar.update(n * len(part.files))


def _timed(number, one_thread, solve, *arguments):
    """What ``solve`` returns, after a number, its seconds, its process and the memory of that."""
    with threadpool_limits(1) if one_thread else nullcontext():
        start = time.perf_counter()
        result = solve(*arguments)
        return number, time.perf_counter() - start, os.getpid(), peak_memory(), result
