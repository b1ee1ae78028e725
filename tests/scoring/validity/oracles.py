# /// script
# requires-python = "==3.11.*"
# dependencies = [
#   "numpy==1.26.4", "scipy==1.17.1", "pingouin==0.6.1", "scikit-learn==1.9.1", "statsmodels==0.15.0",
#   "krippendorff==0.9.0", "fairlearn==0.15.0",
# ]
# ///
"""Asks the libraries of the field and writes what they answer: ``uv run --script tests/scoring/validity/oracles.py``.

They are 325 MB and no part of the environment; their answers, with their versions, are in ``oracles.json`` and are
what the tests compare with. Run this again after changing an input.
"""

import importlib.metadata
import json
import warnings
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
import pandas as pd
import pingouin
from fairlearn.metrics import demographic_parity_ratio
from scipy import stats
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

LIBRARIES = ("numpy", "scipy", "pingouin", "scikit-learn", "statsmodels", "krippendorff", "fairlearn")
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
A = [1, 2, 3, 4, 5, 3, 2, 4, 5, 1]
B = [1, 2, 3, 5, 5, 2, 2, 4, 4, 2]


def simulated(n: int, raters: int, seed: int) -> np.ndarray:
    """Whole levels 1-5 of ``raters`` who agree moderately, one of them severe."""
    generator = np.random.default_rng(seed)
    truth = generator.normal(3, 1, size=(n, 1))
    noise = generator.normal(0, 0.7, size=(n, raters))
    return np.clip(np.round(truth + noise - 0.3 * np.arange(raters)), 1, 5)


def intraclass(table: np.ndarray) -> dict[str, Any]:
    long = pd.DataFrame(table).reset_index().melt(id_vars="index", var_name="rater", value_name="score")
    found = pingouin.intraclass_corr(long, targets="index", raters="rater", ratings="score")
    value, interval = "ICC", next(name for name in found.columns if name.startswith("CI95"))
    return {
        f"{row['Type']}": {"icc": row[value], "low": float(row[interval][0]), "high": float(row[interval][1])}
        for _, row in found.iterrows()
    }


def kappas(a: list[int], b: list[int]) -> dict[str, float]:
    levels = [1, 2, 3, 4, 5]
    return {
        name: cohen_kappa_score(a, b, labels=levels, weights=weights)
        for name, weights in (("plain", None), ("linear", "linear"), ("quadratic", "quadratic"))
    }


def alphas(table: np.ndarray) -> dict[str, float]:
    return {
        scale: krippendorff.alpha(reliability_data=table, level_of_measurement=scale)
        for scale in ("nominal", "ordinal", "interval")
    }


def with_holes(table: np.ndarray, seed: int) -> np.ndarray:
    holes = np.random.default_rng(seed).random(table.shape) < 0.25
    return np.where(holes, np.nan, table)


def main() -> None:
    warnings.simplefilter("ignore")
    pingouin.options["round.column.CI95"] = None
    three = simulated(60, 3, 7)
    holed = with_holes(simulated(40, 4, 11).T, 12)
    many = simulated(50, 5, 13)
    x = np.round(np.random.default_rng(3).uniform(20, 100, 40), 1)
    y = np.round(x / 20 + np.random.default_rng(4).normal(0, 0.8, 40), 1)
    p = [0.001, 0.04, 0.03, 0.2, 0.012]
    first, second = np.random.default_rng(5).normal(0, 1, 80), np.random.default_rng(6).normal(0.5, 1, 60)
    answers: dict[str, Any] = {
        "versions": {name: importlib.metadata.version(name) for name in LIBRARIES},
        "kappa": [
            {"a": A, "b": B, **kappas(A, B)},
            {"a": three[:, 0].tolist(), "b": three[:, 1].tolist(), **kappas(*three.astype(int).T[:2])},
        ],
        "icc": [{"table": t, **intraclass(np.asarray(t))} for t in (SHROUT_FLEISS, three.tolist())],
        "alpha": [{"table": [[None if np.isnan(v) else v for v in row] for row in holed], **alphas(holed)}],
        "fleiss": [{"ratings": many.tolist(), "kappa": fleiss_kappa(aggregate_raters(many.astype(int))[0])}],
        "wilson": [
            {"hits": h, "n": n, "interval": proportion_confint(h, n, method="wilson")}
            for h, n in ((80, 100), (170, 200), (990, 1000), (99, 100), (0, 10), (10, 10))
        ],
        "newcombe": [
            {
                "first": [56, 70],
                "second": [48, 80],
                "interval": confint_proportions_2indep(56, 70, 48, 80, method="newcomb", compare="diff"),
            }
        ],
        "f": [
            {"p": q, "df1": d1, "df2": d2, "x": stats.f.ppf(q, d1, d2)}
            for q, d1, d2 in ((0.975, 5, 15), (0.975, 199, 3.71), (0.95, 1, 30), (0.025, 12, 7), (0.975, 1.5, 199))
        ],
        "chi2": [{"p": q, "df": d, "x": stats.chi2.ppf(q, d)} for q, d in ((0.95, 4), (0.95, 9), (0.5, 1), (0.99, 30))],
        "t_tail": [{"t": t, "df": d, "p": 2 * stats.t.sf(t, d)} for t, d in ((2.0, 10), (3.3, 98), (0.1, 3))],
        "kolmogorov": [{"x": v, "p": stats.kstwobign.sf(v)} for v in (0.3, 0.8, 1.36, 2.0)],
        "ks": [
            {
                "first": first.tolist(),
                "second": second.tolist(),
                "d": stats.ks_2samp(first, second, method="asymp").statistic,
            }
        ],
        "isotonic": [{"x": x.tolist(), "y": y.tolist(), "fitted": IsotonicRegression().fit(x, y).predict(x).tolist()}],
        "holm": [{"p": p, "adjusted": multipletests(p, method="holm")[1].tolist()}],
        "pearson": [
            {
                "x": x.tolist(),
                "y": y.tolist(),
                "r": stats.pearsonr(x, y).statistic,
                "interval": list(stats.pearsonr(x, y).confidence_interval()),
            }
        ],
        "impact": [
            {
                "selected": [1] * 5 + [0] * 3 + [1] * 3 + [0] * 5,
                "group": ["M"] * 8 + ["F"] * 8,
                "ratio": demographic_parity_ratio(
                    [0] * 16, [1] * 5 + [0] * 3 + [1] * 3 + [0] * 5, sensitive_features=["M"] * 8 + ["F"] * 8
                ),
            }
        ],
    }
    text = json.dumps(answers, indent=1, default=float)
    Path(__file__).with_suffix(".json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
