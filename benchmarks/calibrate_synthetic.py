"""Statistics of the synthetic features, for the page that sets them beside the released ones.

    cdmer synth demo
    cdmer features --root demo --descriptor "LBP-TOP(R3P8)"
    python benchmarks/calibrate_synthetic.py demo     # writes results/synthetic/statistics.parquet

Besides the statistics of :mod:`cdmer_lib.statistics.calibration`, for CASME II, SMIC-VIS and
SMIC-NIR, the table has the mean block histogram of the clips of two subjects of SMIC-VIS, with
which the page checks that clips made anew give the stored features. ``--out FILE`` writes
elsewhere.
"""

import argparse

import numpy as np
import pandas as pd

from cdmer_lib import load_database
from cdmer_lib.experiments.provenance import write_table
from cdmer_lib.protocol import PLANES
from cdmer_lib.statistics.calibration import mean_block_histogram, statistics

SUBJECTS = ("s15", "s19")  # few clips, so that a page can make them again


def sample(database):
    """Rows of the mean block histogram of :data:`SUBJECTS`."""
    histogram = mean_block_histogram(database.X[np.isin(database.subjects, SUBJECTS)]).round(6)
    rows = [
        ("mean_block_histogram", f"V {' '.join(SUBJECTS)}", f"{plane} {label}", value)
        for plane, values in zip(PLANES, histogram, strict=True)
        for label, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=["statistic", "of", "item", "value"])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("root", help="folder of the synthetic databases")
    parser.add_argument("--out", default="results/synthetic/statistics.parquet")
    options = parser.parse_args()
    databases = [load_database(letter, options.root) for letter in "CVN"]
    table = statistics(databases)
    inputs = table.attrs["inputs"]
    table = pd.concat([table, sample(databases[1])], ignore_index=True)
    table.attrs["inputs"] = inputs
    write_table(table, options.out)
    print(f"{options.out}: {len(table)} rows")


if __name__ == "__main__":
    main()
