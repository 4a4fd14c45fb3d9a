"""Pure functions of arrays, one algorithm a file; :mod:`.plain` has them as they are printed."""
