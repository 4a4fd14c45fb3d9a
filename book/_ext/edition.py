"""Which edition of the book this is, in the footer; and buttons that need the repository's address.

The address is read from ``BOOK_REPOSITORY`` in the environment, which continuous integration sets.
Without it there are no buttons that lead to it: none is ever broken.
"""

import os

from cdmer_lib.experiments.provenance import run_record


def footer():
    """Version and commit, as a paragraph."""
    record = run_record(1)
    return f"<p>cdmer-lib {record['package']}, commit {record['commit'] or 'unknown'}</p>"


def repository_options(address, branch="main"):
    """The theme's options for buttons that lead to the repository.

    None without an address, nor for a host of which the theme does not know how its pages are
    named.
    """
    if not any(host in (address or "") for host in ("github", "gitlab")):
        return {}
    return {
        "repository_url": address.rstrip("/"),
        "repository_branch": branch,
        "use_repository_button": True,
        "use_issues_button": True,
        "launch_buttons": {"binderhub_url": "https://mybinder.org"},
    }


def options(app, config):
    config.html_theme_options |= {"extra_footer": footer()}
    config.html_theme_options |= repository_options(os.environ.get("BOOK_REPOSITORY"))


def setup(app):
    app.connect("config-inited", options)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
