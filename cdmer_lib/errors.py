"""What can go wrong and is not a bug: one base, so that the command prints these as one line."""


class CdmerError(Exception):
    """Something that a user can do something about."""


class LabelsDiffer(CdmerError, ValueError):
    """A stored point was solved again and gave other labels than the stored ones."""
