"""Cross-database micro-expression recognition: the reference reproduction."""

import lazy_loader

# each name is imported when it is first used, so that the command starts at once
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "data": ["load_database"],
        "descriptors": ["DESCRIPTORS"],
        "methods": ["METHODS"],
        "protocol": ["DATABASES", "LABELS", "TASKS", "Database", "Task"],
    },
)
