"""All benchmarks in one run: every method and descriptor here, as printed, and by a peer.

    make bench                              # prints the rows
    make bench OUT=results/bench.csv        # and stores them, with what they were made with
    python benchmarks/bench_all.py --only methods exponents

Some ten minutes on one idle core. Peers of skada and POT need ``pip install -e ".[adapt]"``;
without it they are left out by name. ``--tiny`` runs all on made-up data in seconds, for the tests.
"""

import argparse
import json
from pathlib import Path

import bench_descriptors
import bench_exponents
import bench_methods
import bench_resampling
import bench_roofline
import pandas as pd
import timing
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from cdmer_lib.experiments.provenance import run_record
from cdmer_lib.files import replacing

BENCHMARKS = {
    "methods": bench_methods,
    "descriptors": bench_descriptors,
    "statistics": bench_resampling,
    "exponents": bench_exponents,
    "roofline": bench_roofline,
}


def measured(names, tiny):
    """The rows of some benchmarks (list of dict), each printed when it is there."""
    jobs = [(name, *job) for name in names for job in BENCHMARKS[name].jobs(tiny)]
    rows, progress = [], tqdm(jobs, mininterval=0)
    for name, label, job in progress:
        progress.set_description(f"{name}, {label}")
        for row in job():
            rows.append(row)
            tqdm.write(timing.line(row))
    return rows


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="CSV file to write")
    parser.add_argument("--only", nargs="*", default=list(BENCHMARKS), choices=list(BENCHMARKS))
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args(arguments)
    with threadpool_limits(1):
        record = run_record(1)
        rows = measured(options.only, options.tiny)
    record["left_out"] = timing.left_out
    if options.out:
        with replacing(options.out) as partial, open(partial, "w", encoding="utf-8") as file:
            file.writelines(f"# {name}: {json.dumps(value)}\n" for name, value in record.items())
            table = pd.DataFrame(rows)
            table.to_csv(file, index=False, lineterminator="\n", float_format="%.6g")


if __name__ == "__main__":
    main()
