"""The few distribution functions that intervals need: F, Student's t, chi-square, normal, Kolmogorov.

Incomplete beta and gamma by the continued fractions and series of Press et al., *Numerical Recipes* (3rd ed., 6.2 and
6.4); quantiles by bisection, which is slow and cannot miss. Held against SciPy by stored vectors.
"""

import math
from collections.abc import Callable
from statistics import NormalDist

_NORMAL = NormalDist()
_TINY = 1e-300
_STEPS = 500


def normal_quantile(probability: float) -> float:
    """z with P(Z <= z) = probability; 0 < probability < 1."""
    return _NORMAL.inv_cdf(probability)


def normal_tail(z: float) -> float:
    """Two-sided P(\\|Z\\| >= \\|z\\|)."""
    return math.erfc(abs(z) / math.sqrt(2))


def f_cdf(x: float, df1: float, df2: float) -> float:
    """P(F <= x) of the F distribution with ``df1`` and ``df2`` degrees of freedom (real numbers allowed)."""
    return 0.0 if x <= 0 else _beta(df1 / 2, df2 / 2, df1 * x / (df1 * x + df2))


def f_quantile(probability: float, df1: float, df2: float) -> float:
    return _inverse(lambda x: f_cdf(x, df1, df2), probability)


def t_tail(t: float, df: float) -> float:
    """Two-sided P(\\|T\\| >= \\|t\\|)."""
    return _beta(df / 2, 0.5, df / (df + t * t))


def chi2_cdf(x: float, df: float) -> float:
    return 0.0 if x <= 0 else _gamma(df / 2, x / 2)


def chi2_quantile(probability: float, df: float) -> float:
    return _inverse(lambda x: chi2_cdf(x, df), probability)


def kolmogorov_tail(x: float) -> float:
    """P(K >= x): the limit for the two-sample statistic (Kolmogorov 1933)."""
    if x < 0.2:
        return 1.0
    total = math.fsum((-1) ** (k - 1) * math.exp(-2 * (k * x) ** 2) for k in range(1, 101))
    return min(1.0, max(0.0, 2 * total))


def _inverse(cdf: Callable[[float], float], probability: float) -> float:
    """The x >= 0 at which an increasing ``cdf`` reaches ``probability``."""
    if not 0 < probability < 1:
        raise ValueError(f"a probability lies between 0 and 1, not {probability}")
    low, high = 0.0, 1.0
    while cdf(high) < probability:
        low, high = high, high * 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if cdf(middle) < probability else (low, middle)
        if high - low <= 1e-13 * high:
            break
    return (low + high) / 2


def _beta(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta function I_x(a, b)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    front = math.exp(log_front)
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(a, b, x) / a
    return 1 - front * _beta_fraction(b, a, 1 - x) / b


def _beta_fraction(a: float, b: float, x: float) -> float:
    """Modified Lentz's method."""
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away_from_zero(1 + term * d)
            c = _away_from_zero(1 + term / c)
            value *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return value


def _gamma(a: float, x: float) -> float:
    """Regularised lower incomplete gamma function P(a, x)."""
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        for n in range(1, _STEPS * 4):
            term *= x / (a + n)
            total += term
            if term < total * 1e-16:
                break
        return front * total
    b = x + 1 - a
    c, d = 1 / _TINY, 1 / b
    value = d
    for n in range(1, _STEPS * 4):
        b += 2
        d = 1 / _away_from_zero(-n * (n - a) * d + b)
        c = _away_from_zero(b - n * (n - a) / c)
        value *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return 1 - front * value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
