"""``python -m cdmer_lib.cli`` is the command ``cdmer``."""

import sys

from . import main

sys.exit(main())
