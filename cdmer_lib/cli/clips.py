"""Verbs that read clips: ``features``, ``descriptors``, ``saliency``, ``finetune``."""

from tempfile import TemporaryFile

from ..errors import InvalidInput, NotWritable
from .options import CLIPS, SET, databases, fixed_arguments, option, path, these, verb

HOW = "out", "weights", "device", "skip", "n_jobs"


@verb(
    "features", *CLIPS,
    option("--layout", help="frames of your own, such as '{subject}/{label}/{clip}/*.png' below "
           "--root; writes NAME.npz, for cdmer bench"),
)  # fmt: skip
def extract_features(options):
    """Extract what is missing of the features of clips."""
    if not options.layout:
        return extract(options)
    from ..descriptors.extraction import extract_tree

    rows = options.descriptor or []
    if len(rows) > 1 or options.database:
        raise InvalidInput(
            f"expected at most one descriptor with --layout and no --database, found {len(rows)} "
            f"and {options.database}; run once for each, or write {{database}} into the layout"
        )
    files = extract_tree(options.root, options.layout, *rows, **these(options, *HOW))
    print("\n".join(map(str, files.values())))


def extract(options):
    """Extract what is missing of the features of databases in the official layouts."""
    from ..descriptors.extraction import extract_database

    how = these(options, *HOW, "patch")
    for name in databases(options):
        files = extract_database(name, options.root, options.descriptor, **how)
        print("\n".join(map(str, files.values())))


def _table(name):
    return option("--table", type=path, help=f"file (default: {name} in --out, else in --root)")


@verb("descriptors", *CLIPS, _table("descriptors.parquet"))
def score_rows(options):
    """Tables V and VI of paper A for the clips of a folder."""
    if len(set(databases(options))) < 2:
        raise InvalidInput("expected two databases at least, a source and a target, found one")
    table = _extract_for(options, "descriptors.parquet")
    from ..experiments.descriptor_rows import score_descriptors
    from ..experiments.provenance import write_table
    from ..report.descriptor_tables import TABLES, descriptor_comparison, printed_layout

    chosen = {"databases": databases(options)} if options.database else {}
    folder = options.out or options.root
    scores = score_descriptors(folder, options.descriptor, n_jobs=options.n_jobs, **chosen)
    write_table(scores, table, options.n_jobs)
    printed = descriptor_comparison(scores)
    for number in TABLES:
        if (printed["table"] == number).any():
            print(f"\nTable {number}: mean F1 / accuracy in per cent, linear SVM, on these clips")
            print(printed_layout(printed, number).to_string())


@verb("saliency", *CLIPS, _table("saliency.parquet"))
def score_regions(options):
    """The blocks that TGSR selects against the motion of synthetic clips."""
    from ..data.extracted import BASELINE
    from ..experiments.provenance import write_table
    from ..experiments.saliency import score_saliency

    options.descriptor = [BASELINE]
    table = _extract_for(options, "saliency.parquet")
    features = {"features": options.out} if options.out else {}
    scores = score_saliency(options.root, n_jobs=options.n_jobs, **features)
    write_table(scores, table, options.n_jobs)
    means = scores.groupby(["blocks", "kappa"])[["precision", "recall", "chance"]].mean()
    print(means.loc[(slice(None), [1, 2, 5, 10, 20, 40, 85]), :].round(3).to_string())


def _extract_for(options, name):
    """Extract the features for a table; return its path, which can be written to."""
    table = options.table or (options.out or options.root) / name
    _require_writable(table)
    extract(options)
    return table


def _require_writable(file):
    """Raise ``NotWritable`` if no file can be written there; called before the work starts."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=file.parent):
            pass
    except OSError as error:
        raise NotWritable(
            f"cannot write {file}: {error.strerror or error}; choose another folder (--out)"
        ) from error


@verb(
    "finetune", SET,
    option("--root", required=True, type=path, help="folder of the databases"),
    option("--database", default="SMIC_HS", help="the source (default: SMIC_HS, as paper A)"),
    option("--weights", type=path, help="where to start (default: random weights, for trials)"),
    option("--out", required=True, type=path, help="folder of checkpoint, weights and record"),
    option("--device", default="cpu", help="cpu, cuda, ..."),
)  # fmt: skip
def fine_tune(options):
    """Fine-tune C3D on a source database, as behind Table VII of paper A."""
    import pandas as pd

    from ..c3d.finetuning import finetune
    from ..clips import read_frames
    from ..data.layouts import find_clips

    _require_writable(options.out / "record.json")
    clips = find_clips(options.database, options.root)
    record = finetune(
        [read_frames(clip.frames) for clip in clips], [clip.label for clip in clips],
        [clip.subject for clip in clips], **these(options, "weights", "out", "device"),
        **fixed_arguments(options),
    )  # fmt: skip
    print(pd.DataFrame(record["history"]).to_string(index=False))
    print('next: cdmer features --root FOLDER --descriptor "C3D-FC1 (Finetune)" '
          f'"C3D-FC2 (Finetune)" --weights {options.out / "weights.pt"}')  # fmt: skip
