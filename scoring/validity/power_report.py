"""How many candidates a trial needs, and what the raters' own reliability does to it."""

from scoring.bilingual import Bilingual, Language
from scoring.validity.document import Document, Table, number, percent
from scoring.validity.simulate import Population, candidates_needed, consistency_power, gate_power

TRUE_SHARES = (0.82, 0.83, 0.84, 0.85, 0.86, 0.88, 0.90)
SIZES = (50, 100, 150, 200, 250, 300, 400)
MOST = 1000
RELIABILITIES = (0.44, 0.60, 0.74, 0.85, 0.95)
"""Separate interviewers .44, panels .74 (Huffcutt, Culbertson & Weyhrauch 2013)."""
SIMULATED = 200
REPETITIONS = 100


def document(
    language: Language,
    shares: tuple[float, ...] = TRUE_SHARES,
    sizes: tuple[int, ...] = SIZES,
    competencies: int = 1,
    repetitions: int = REPETITIONS,
) -> Document:
    """Exact binomial power per true consistency and number of candidates. ``competencies``: all must pass, taken as
    independent, which is the least favourable case for a shared sample. ``repetitions``: simulated trials a line."""

    def say(zh: str, en: str) -> str:
        return Bilingual(zh, en).in_language(language)

    needed = [candidates_needed(share, 0.8 ** (1 / competencies), most=MOST) for share in shares]
    table = Table(
        say("通过的概率", "Probability of passing"),
        (
            say("真实一致性", "true consistency"),
            *(f"n={n}" for n in sizes),
            say("80 % 把握所需人数", "n for 80 % power"),
        ),
        tuple(
            (
                percent(share, 0),
                *(percent(consistency_power(share, n) ** competencies, 0) for n in sizes),
                str(least) if least else f"> {MOST}",
            )
            for share, least in zip(shares, needed, strict=True)
        ),
    )
    return Document(
        say(
            f"双盲测试需要多少候选人（{competencies} 项能力）",
            f"How many candidates a trial needs ({competencies} competencies)",
        ),
        language,
        (
            table,
            _raters(language, repetitions),
            say(
                "通过：一致性点估计达 80 % 且 Wilson 下限达 75 %。二项分布精确计算；"
                "多项能力按相互独立计，偏保守。真实一致性恰为 80 % 时，再大的样本也只有约一半的测试会通过。",
                "Passing: point of at least 80 % and lower Wilson bound of at least 75 %. Exact binomial; several "
                "competencies are taken as independent, which is on the safe side. With a true consistency of just "
                "80 % about half of all trials pass, however large.",
            ),
        ),
    )


def _raters(language: Language, repetitions: int) -> Table:
    """The same good machine (0.2 levels of noise) beside raters of different reliability, by simulation."""

    def say(zh: str, en: str) -> str:
        return Bilingual(zh, en).in_language(language)

    rows = []
    for reliability in RELIABILITIES:
        population = Population(competencies=("risk_awareness",), reliability=reliability, machine_noise=0.2)
        found = gate_power(population, SIMULATED, repetitions)
        shares = (found.consistency_gates, found.kappa_gate, found.smd_gate, found.everything)
        rows.append((number(reliability), percent(found.consistency), *(percent(share, 0) for share in shares)))
    return Table(
        say(
            f"评分员信度的影响（模拟：同一台好机器，{SIMULATED} 人，两位评分员）",
            f"What raters do to it (simulated: the same good machine, n={SIMULATED}, two raters)",
        ),
        (
            say("单人信度", "reliability of one"),
            say("平均一致性", "mean consistency"),
            say("一致性通过", "consistency passes"),
            say("κ 通过", "kappa passes"),
            say("SMD 通过", "SMD passes"),
            say("全部通过", "all pass"),
        ),
        tuple(rows),
    )
