"""Who is in which released clip: the list of people against labels, public lists and features."""

from itertools import pairwise

import numpy as np
import pytest

from cdmer_lib import data
from cdmer_lib.data.casme2 import PATCH
from cdmer_lib.data.people import (
    CASME2_LISTED,
    CASME2_RUNS,
    correlations,
    neighbours,
    possible_people,
    released_subjects,
    segments,
)
from cdmer_lib.data.smic import SUBJECT_COUNTS
from cdmer_lib.protocol import DATABASES


def load(name):
    if not data.available(name):
        pytest.skip(f"{name} features can neither be found nor downloaded")
    return data.load_database(name)


def starts(values):
    return [0, *(i for i, (a, b) in enumerate(pairwise(values), 1) if a != b)]


def test_segments_and_neighbours_of_made_up_people():
    rng = np.random.default_rng(0)
    people = np.repeat(["a", "b", "c", "d"], [5, 1, 3, 7])
    faces = dict(zip("abcd", rng.standard_normal((4, 200)), strict=True))
    X = np.array([faces[p] for p in people]) + 0.5 * rng.standard_normal((16, 200))
    R = correlations(X)
    np.testing.assert_allclose(R, np.corrcoef(X - X.mean(axis=0)), atol=1e-12)
    assert segments(R) == starts(people) == [0, 5, 6, 9]
    same, expected = neighbours(R, people)
    assert same.sum() == 15 and not same[5]  # who appears once has no neighbour
    assert expected == pytest.approx((5 * 4 + 3 * 2 + 7 * 6) / 15)
    same, expected = neighbours(correlations(X, X[::-1]), people, people[::-1])
    assert same.all() and expected == pytest.approx((25 + 1 + 9 + 49) / 16)


def test_segments_are_the_best_of_all_ways_to_cut():
    R = correlations(np.random.default_rng(1).standard_normal((9, 3)))
    free = ~np.eye(9, dtype=bool)

    def misfit(cuts):
        fit = np.zeros_like(R)
        for a, b in pairwise([*cuts, 9]):
            block = R[a:b, a:b][free[a:b, a:b]]
            fit[a:b, a:b] = max(block.mean(), 0) if block.size else 0
        return ((R - fit)[free] ** 2).sum()

    every = [[0, *(i + 1 for i in range(8) if bits >> i & 1)] for bits in range(256)]
    assert misfit(segments(R)) == pytest.approx(min(map(misfit, every)))


def test_who_is_possible_by_the_labels():
    listed = {"a": "PN", "b": "NS", "c": "N"}
    assert possible_people(np.array([2, 1, 3]), listed) == [{"a"}, {"a", "b"}, {"b"}]
    assert possible_people(np.array([2, 1, 1, 3, 1]), listed) == [{"a"}, {"a"}, {"b"}, {"b"}, {"c"}]
    assert possible_people(np.array([3, 2]), listed) == [set(), set()]


def test_the_public_lists_have_the_counts_of_the_released_labels():
    letters = "".join(CASME2_LISTED.values())
    repressions = 27  # coding sheet
    assert len(letters) == 130 + repressions
    assert (letters.count("P"), letters.count("S")) == DATABASES["CASME2"].counts[1:]
    assert len("".join(CASME2_RUNS.values())) == 130
    assert PATCH.subject == "sub24" and CASME2_LISTED["sub24"] == CASME2_RUNS["sub24"]


def test_the_people_of_casme2():
    C = load("C")
    cuts, R = starts(C.subjects), correlations(C.X)
    assert len(cuts) == len(set(C.subjects)) == 22
    possible = possible_people(C.y)
    assert sum(len(who) == 1 for who in possible) == 117
    for a, b in pairwise([*cuts, 130]):
        assert set(C.subjects[a].split(" or ")) <= set.intersection(*possible[a:b])
    # The features alone, without labels or list.
    assert segments(R) == cuts
    same, expected = neighbours(R, C.subjects)
    assert np.flatnonzero(~same).tolist() == [37, 60] and expected < 10
    assert R[37, C.subjects == "sub09"].max() < 0.1 and R[99, 100] > 0.9
    # The cuts that the labels leave open are found in any half of the histograms too.
    ways = [len(who) for who in possible]
    open_cuts = {cut for cut in cuts[1:] if max(ways[cut - 1 : cut + 1]) > 1}
    assert open_cuts == {3, 26, 31, 37, 38, 42, 99, 101, 106}
    rng, X = np.random.default_rng(0), C.X.reshape(130, 255, 59)
    for _ in range(20):
        half = X[:, rng.permutation(255)[:128]].reshape(130, -1)
        assert open_cuts <= set(segments(correlations(half)))


def test_the_people_of_vis_and_nir():
    V, N = load("V"), load("N")
    assert list(dict.fromkeys(N.subjects)) == list(SUBJECT_COUNTS["SMIC_NIR"])
    cuts = starts(N.subjects)
    for D, found in ((V, cuts[:6] + cuts[7:]), (N, sorted([*cuts[:6], 17, *cuts[7:]]))):
        assert D.subjects.tolist() == N.subjects.tolist()
        assert (np.flatnonzero(np.diff(D.y) < 0) + 1).tolist() == cuts[1:]  # at the boundaries only
        R = correlations(D.X)
        same, expected = neighbours(R, D.subjects)
        assert same.all() and expected == pytest.approx(11.6)
        assert segments(R) == found  # how good the blind cut is where the people are known
    for A, B, n_same in ((V, N, 70), (N, V, 71)):
        assert neighbours(correlations(A.X, B.X), A.subjects, B.subjects)[0].sum() == n_same


@pytest.mark.parametrize("name", DATABASES)
def test_other_labels_have_no_people(name):
    database = load(name)
    assert len(released_subjects(name, database.y)) == len(database.y)
    assert released_subjects(name, database.y[::-1]) is None
    assert released_subjects(name, database.y[1:]) is None
