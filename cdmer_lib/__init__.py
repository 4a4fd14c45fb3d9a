"""Cross-database micro-expression recognition: the reference reproduction."""
