"""Weighted sums that come out the same to the last bit in every process."""


def mix(weights, parts):
    """Return the sum of ``weights[k] * parts[k]``, shape ``parts.shape[1:]``, for one part or more.

    A loop, because the last bit of a BLAS product depends on where the arrays lie in memory, and
    one bit decides now and then how a grey value is rounded.
    """
    total = weights[0] * parts[0]
    for weight, part in zip(weights[1:], parts[1:], strict=True):
        total += weight * part
    return total
