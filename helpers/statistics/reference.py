"""Reference values for the tests of helpers/statistics, from SciPy, NumPy and pymannkendall.

    python3 -m venv venv && venv/bin/pip install numpy==2.4.6 scipy==1.17.1 pymannkendall==1.4.3
    venv/bin/python helpers/statistics/reference.py > helpers/statistics/reference.data.json

Python 3.11 or newer. The inputs are rounded draws with a fixed seed and are kept in the file with the results.
"""

import json
import sys

import numpy
import pymannkendall
import scipy
from scipy import stats

random = numpy.random.default_rng(20251027)


def draws(n, digits=3, scale=1.0):
    return [round(float(value), digits) for value in 10 + scale * random.standard_normal(n)]


def quantiles():
    for values in ([7.5], [1.0, 2.0], draws(7), draws(130), draws(40, digits=0)):
        for q in (0, 0.05, 0.25, 0.5, 0.95, 0.99, 1):
            yield {"values": values, "q": q, "expected": float(numpy.quantile(values, q))}


def quantile_intervals():
    for n in (5, 6, 11, 30, 72, 130, 400):
        values = draws(n)
        for q in (0.5, 0.95, 0.99):
            for confidence in (0.9, 0.95, 0.99):
                interval = stats.quantile_test(values, q=0, p=q).confidence_interval(confidence)
                ends = [float(interval.low), float(interval.high)]
                expected = None if any(numpy.isnan(ends)) else ends
                yield {"values": values, "q": q, "confidence": confidence, "expected": expected}


def descriptive():
    for values in (draws(2), draws(9), draws(50), [1e9 + 1, 1e9 + 2, 1e9 + 4]):
        yield {
            "values": values,
            "mean": float(numpy.mean(values)),
            "median": float(numpy.median(values)),
            "standardDeviation": float(numpy.std(values, ddof=1)),
            "lag1": float(numpy.dot(d := values - numpy.mean(values), numpy.roll(d, -1)) - d[-1] * d[0]) / float(d @ d),
        }


def distributions():
    for z in (-40, -3, -0.5, 0, 0.5, 1.96, 1.999, 2, 3, 6, 12, 35):
        yield {"of": "normalUpperTail", "arguments": [z], "expected": float(stats.norm.sf(z))}
    for df in (1, 1.7, 4, 10, 57, 1000):
        for t in (-2.5, 0, 0.3, 2.2, 8):
            yield {"of": "studentUpperTail", "arguments": [t, df], "expected": float(stats.t.sf(t, df))}
        for p in (0.5, 0.1, 0.025, 0.0005):
            yield {"of": "studentUpperQuantile", "arguments": [p, df], "expected": float(stats.t.isf(p, df))}
    for k, n, p in ((0, 1, 0.3), (3, 10, 0.5), (1, 662, 0.01), (1, 661, 0.01), (949, 1000, 0.95), (500_500, 1_000_000, 0.5)):
        yield {"of": "binomialCdf", "arguments": [k, n, p], "expected": float(stats.binom.cdf(k, n, p))}


def mann_whitney():
    """Without ties SciPy's exact distribution; with ties all permutations where they can be listed; else normal."""
    for n, m, shift in ((1, 1, 0), (3, 4, 1), (4, 4, 9), (5, 5, 9), (8, 12, 0.5), (30, 40, 0.3), (50, 50, 0.5)):
        a, b = draws(n, digits=6), [value + shift for value in draws(m, digits=6)]
        result = stats.mannwhitneyu(a, b, method="exact")
        yield {"a": a, "b": b, "method": "exact", "u": float(result.statistic), "pValue": float(result.pvalue)}
    for n, m, shift in ((3, 5, 1), (5, 5, 1), (6, 7, 0), (4, 10, 2), (7, 7, 1)):
        a, b = draws(n, digits=0, scale=1.5), [value + shift for value in draws(m, digits=0, scale=1.5)]
        every = stats.PermutationMethod(n_resamples=10**9)
        result = stats.mannwhitneyu(a, b, method=every)
        yield {"a": a, "b": b, "method": "exact", "u": float(result.statistic), "pValue": float(result.pvalue)}
    for n, m, digits in ((120, 90, 6), (150, 150, 0), (400, 300, 1)):
        a, b = draws(n, digits=digits), [round(value + 0.2, digits) for value in draws(m, digits=digits)]
        result = stats.mannwhitneyu(a, b, method="asymptotic", use_continuity=True)
        yield {"a": a, "b": b, "method": "normal", "u": float(result.statistic), "pValue": float(result.pvalue)}


def pairs():
    """Theil–Sen and Mann–Kendall without correction for autocorrelation, as SciPy and pymannkendall have them."""
    for n, slope, digits in ((8, 0, 3), (12, 0.2, 3), (30, 0.05, 3), (30, 0.05, 0), (100, 0, 3)):
        y = [round(value + slope * i, digits) for i, value in enumerate(draws(n))]
        low, high = stats.theilslopes(y)[2:]
        test = pymannkendall.original_test(y)
        yield {
            "x": list(range(n)),
            "y": y,
            "slope": float(test.slope),
            "senInterval": [float(low), float(high)],
            "score": float(test.s),
            "variance": float(test.var_s),
            "z": float(test.z),
            "tau": float(stats.kendalltau(range(n), y).statistic),
        }
    # Uneven and tied x, where pymannkendall has nothing to say.
    for n in (12, 40):
        x = sorted(round(float(value)) for value in random.uniform(0, n / 2, n))
        y = [round(value + 0.1 * position, 1) for position, value in zip(x, draws(n))]
        slope, _, low, high = stats.theilslopes(y, x)
        yield {
            "x": x,
            "y": y,
            "slope": float(slope),
            "senInterval": None,
            "score": None,
            "variance": None,
            "z": None,
            "tau": float(stats.kendalltau(x, y).statistic),
        }


def ranges():
    """The range of k equal means with variance 1 that noise exceeds with a chance of 2.5 %, and Student's t for two."""
    for k in (2, 3, 5):
        for freedom in (3, 9, 20, 168):
            yield {
                "k": k,
                "freedom": freedom,
                "studentizedRange": float(stats.studentized_range.ppf(0.975, k, freedom)),
                "t": float(stats.t.ppf(0.975, freedom)),
            }


def bartletts():
    """Groups of chunk times and whether Bartlett's test calls their relative noise different at the 5 % level."""
    for deviations in ((1, 1, 1), (1, 1, 6), (1, 3, 1), (1, 2, 1)):
        groups = [draws(8, scale=0.1 * deviation) for deviation in deviations]
        relative = [[value / numpy.mean(group) for value in group] for group in groups]
        yield {"groups": groups, "pValue": float(stats.bartlett(*relative).pvalue)}


def bootstraps():
    """SciPy's percentile bootstrap with so many resamples that its own error does not matter."""
    for name, statistic in (("median", numpy.median), ("mean", numpy.mean)):
        for n in (12, 60):
            values = draws(n)
            result = stats.bootstrap((values,), statistic, method="percentile", n_resamples=200_000, rng=1, batch=10_000)
            yield {"values": values, "statistic": name, "expected": [float(end) for end in result.confidence_interval]}


def xoshiro128(state, count):
    """xoshiro128** 1.1 as published, in plain integers."""
    mask = 2**32 - 1
    rotate = lambda x, bits: (x << bits | x >> 32 - bits) & mask
    state, numbers = list(state), []
    for _ in range(count):
        numbers.append(rotate(state[1] * 5 & mask, 7) * 9 & mask)
        shifted = state[1] << 9 & mask
        state[2] ^= state[0]
        state[3] ^= state[1]
        state[1] ^= state[2]
        state[0] ^= state[3]
        state[2] ^= shifted
        state[3] = rotate(state[3], 11)
    return numbers


def split_mix64(seed, count):
    numbers = []
    for _ in range(count):
        seed = (seed + 0x9E3779B97F4A7C15) % 2**64
        z = seed
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
        numbers.append(z ^ z >> 31)
    return numbers


def uniform(seed, count):
    words = [half for word in split_mix64(seed, 2) for half in (word % 2**32, word >> 32)]
    numbers = xoshiro128(words, 2 * count)
    return [((a >> 5) * 2**26 + (b >> 6)) / 2**53 for a, b in zip(numbers[::2], numbers[1::2])]


assert split_mix64(1234567, 2) == [6457827717110365317, 3203168211198807973]

json.dump(
    {
        "versions": {"scipy": scipy.__version__, "numpy": numpy.__version__, "pymannkendall": "1.4.3"},
        "quantile": list(quantiles()),
        "quantileInterval": list(quantile_intervals()),
        "descriptive": list(descriptive()),
        "distributions": list(distributions()),
        "mannWhitney": list(mann_whitney()),
        "pairs": list(pairs()),
        "range": list(ranges()),
        "bartlett": list(bartletts()),
        "bootstrap": list(bootstraps()),
        "xoshiro128": {"state": [1, 2, 3, 4], "expected": xoshiro128([1, 2, 3, 4], 10)},
        "seededRandom": [{"seed": seed, "expected": uniform(seed, 5)} for seed in (0, 1, 42)],
    },
    sys.stdout,
    separators=(",", ":"),
    allow_nan=False,
)
