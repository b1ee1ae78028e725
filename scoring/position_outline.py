"""A position on one page, in both languages: what weighs how much, what is asked, and which question shows what."""

from collections.abc import Iterator

from scoring.position_model import PositionModel, Question


def outline(model: PositionModel, digest: str) -> str:
    return "\n".join(_lines(model, digest))


def _lines(model: PositionModel, digest: str) -> Iterator[str]:
    yield f"{model.id} {model.version}  {model.title.zh} / {model.title.en}"
    yield f"{digest}"
    yield f"{model.summary.zh}\n{model.summary.en}"
    yield f"features: {', '.join(model.features) or 'none'}"
    if model.glossary:
        yield f"glossary: {'; '.join(f'{term.zh} / {term.en}' for term in model.glossary)}"
    yield "\ncompetencies"
    for competency in model.competencies:
        label = f"{competency.label.zh} / {competency.label.en}"
        yield f"  {competency.weight:>4g}  {competency.dimension:<12} {competency.id} {competency.version}  {label}"
    yield "\nquestions"
    for question in model.questions:
        yield from _question(model, question)
    if model.pass_hints:
        yield "\nhints"
        for hint in model.pass_hints:
            yield f"  {hint.of} >= {hint.at_least:g}"


def _question(model: PositionModel, question: Question) -> Iterator[str]:
    times = f"read {question.reading_s} s, think {question.thinking_s} s, answer {question.answer_s} s"
    reserve = ", in reserve" if question.reserve else ""
    yield f"  {question.id}  {question.kind}, {question.dimension}; {times}{reserve}"
    yield f"      {question.text.zh}"
    yield f"      {question.text.en}"
    for name, measure in question.measures.items():
        shown = ", ".join(indicator.id for indicator in model.indicators_for(question, name))
        yield f"      {measure.weight:>4g}  {name}: {shown}"
