"""Verbs that read clips: ``features``, ``descriptors``, ``saliency``, ``finetune``."""

from pathlib import Path

from .options import CLIPS, SET, databases, fixed_arguments, option, verb


@verb("features", *CLIPS, option("--out", help="folder to write to (default: features below root)"))
def extract(options):
    """Extract what is missing of the features of clips."""
    from ..descriptors.extraction import extract_database

    how = {"n_jobs": options.jobs, "skip": options.skip, "patch": options.patch}
    how |= {"weights": options.weights, "device": options.device, "out": options.out}
    for name in databases(options):
        files = extract_database(name, options.root, options.descriptor, **how)
        print("\n".join(map(str, files.values())))


@verb("descriptors", *CLIPS, option("--table", help="file (default: ROOT/descriptors.parquet)"))
def score_rows(options):
    """Tables V and VI of paper A for the clips of a folder."""
    from ..experiments.descriptor_rows import score_descriptors
    from ..report.descriptor_tables import TABLES, descriptor_comparison, printed_layout

    _extract_below_root(options)
    scores = score_descriptors(options.root, options.descriptor, n_jobs=options.jobs)
    _write(scores, options, "descriptors.parquet")
    for table in TABLES:
        print(f"\nTable {table}: mean F1 / accuracy in per cent, linear SVM, on these clips")
        print(printed_layout(descriptor_comparison(scores), table).to_string())


@verb("saliency", *CLIPS, option("--table", help="file (default: ROOT/saliency.parquet)"))
def score_regions(options):
    """The blocks that TGSR selects against the motion of synthetic clips."""
    from ..data.extracted import BASELINE
    from ..experiments.saliency import score_saliency

    options.descriptor = [BASELINE]
    _extract_below_root(options)
    scores = score_saliency(options.root, n_jobs=options.jobs)
    _write(scores, options, "saliency.parquet")
    means = scores.groupby(["blocks", "kappa"])[["precision", "recall", "chance"]].mean()
    print(means.loc[(slice(None), [1, 2, 5, 10, 20, 40, 85]), :].round(3).to_string())


def _extract_below_root(options):
    options.out = None
    extract(options)


def _write(scores, options, name):
    from ..experiments.provenance import write_table

    write_table(scores, options.table or Path(options.root) / name, options.jobs)


@verb(
    "finetune", SET,
    option("--root", required=True, help="folder of the databases"),
    option("--database", default="SMIC_HS", help="the source (default: SMIC_HS, as paper A)"),
    option("--weights", help="where to start (default: random weights, for trials)"),
    option("--out", required=True, help="folder of checkpoint, weights and record"),
    option("--device", default="cpu", help="cpu, cuda, ..."),
)  # fmt: skip
def fine_tune(options):
    """Fine-tune C3D on a source database, as behind Table VII of paper A."""
    import pandas as pd

    from ..c3d.finetuning import finetune
    from ..clips import read_frames
    from ..data.layouts import find_clips

    clips = find_clips(options.database, options.root)
    record = finetune(
        [read_frames(clip.frames) for clip in clips], [clip.label for clip in clips],
        [clip.subject for clip in clips], options.weights, options.out, device=options.device,
        **fixed_arguments(options),
    )  # fmt: skip
    print(pd.DataFrame(record["history"]).to_string(index=False))
    print('next: cdmer features --root FOLDER --descriptor "C3D-FC1 (Finetune)" '
          f'"C3D-FC2 (Finetune)" --weights {Path(options.out) / "weights.pt"}')  # fmt: skip
