"""How many candidates a trial needs, as a table."""

from scoring.bilingual import Bilingual, Language
from scoring.validity.document import Document, Table, percent
from scoring.validity.simulate import candidates_needed, consistency_power

TRUE_SHARES = (0.82, 0.83, 0.84, 0.85, 0.86, 0.88, 0.90)
SIZES = (50, 100, 150, 200, 250, 300, 400)
MOST = 1000


def document(
    language: Language, shares: tuple[float, ...] = TRUE_SHARES, sizes: tuple[int, ...] = SIZES, competencies: int = 1
) -> Document:
    """Exact binomial power per true consistency and number of candidates. ``competencies``: all must pass, taken as
    independent, which is the least favourable case for a shared sample."""

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
            say(
                "通过：一致性点估计达 80 % 且 Wilson 下限达 75 %。二项分布精确计算；"
                "多项能力按相互独立计，偏保守。真实一致性恰为 80 % 时，再大的样本也只有约一半的测试会通过。",
                "Passing: point of at least 80 % and lower Wilson bound of at least 75 %. Exact binomial; several "
                "competencies are taken as independent, which is on the safe side. With a true consistency of just "
                "80 % about half of all trials pass, however large.",
            ),
        ),
    )
