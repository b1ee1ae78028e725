"""Every rule there is. A name never changes its meaning: it is what people search for and switch on in their CI."""

from typing import Literal, NamedTuple


class Rule(NamedTuple):
    severity: Literal["error", "warning"]
    remedy: str


def _error(remedy: str) -> Rule:
    return Rule("error", remedy)


def _warning(remedy: str) -> Rule:
    return Rule("warning", remedy)


RULES: dict[str, Rule] = {
    # The file
    "yaml": _error("Repair the YAML at this line; quote texts that contain a colon, a hash or a bracket"),
    "key_repeated": _error("Keep one of the two: YAML would silently take the last"),
    "shape": _error("docs/reference/positions.md lists every field and its type"),
    "format": _error("Write the format this Viva reads (docs/reference/positions.md), or update Viva"),
    "identifier": _error("Use lower case letters, digits and _, at most 40, a letter first"),
    "version": _error("Write three numbers, such as 1.0.0, and raise them with every change"),
    "id_repeated": _error("Give each its own id"),
    "language": _error("Write the text in both languages, equally complete"),
    "weights": _error("The weights of a position's competencies are above 0 and add up to 100"),
    # Competencies
    "anchors": _error("Describe the levels 1, 2, 3, 4 and 5, each by another behaviour that can be observed"),
    "indicators": _error("Give the competency behaviours that can be heard in an answer"),
    "bilingual": _error("Write phrases in zh and in en: both languages are scored alike"),
    "pattern": _error("Repair the pattern; the small language is described in docs/reference/positions.md"),
    "competency_version": _error("Pick the version that the library has, or write the competency out in this file"),
    "unknown_competency": _error(
        "Use an id of this file's competencies or of the library (`viva admin positions list`)"
    ),
    "unknown_indicator": _error("Use an id of that competency's indicators"),
    "competency_not_asked": _error("Tie a question to it (one that is not in reserve), or take it out"),
    "dimension_missing": _error("Give the job at least one competency of each dimension"),
    "indicator_not_asked": _warning("Let a question show it, or take it out of this position's lists"),
    # Questions
    "question_without_indicator": _error("Name under `measures` what an answer can show"),
    "question_wrong_for_job": _error("Ask about a competency of this job, or add the competency to the job's model"),
    "dimension": _error("Let the question mostly measure its own dimension, or name the dimension it measures"),
    "question_too_long": _error("Shorten it: what takes longer than 20 s to read is no longer listened to"),
    "reading_time": _warning("Leave `reading_s` out; it is then counted from the text"),
    "seconds": _error("Think 60 to 120 s, answer 30 to 900 s, read at most 60 s"),
    "topic": _warning("Give some words in zh and in en that an answer to the point has; else nothing is off topic"),
    "probe_leads": _error("Ask openly (what, how, which): a probe that suggests its answer measures nothing"),
    "probe_gives_away": _warning("Ask openly: this yes-or-no probe holds the very words that would be scored"),
    "no_probe": _warning("Add a neutral follow-up for the human interviewer"),
    "few_questions": _warning("Ask at least six: each competency then rests on more than one answer"),
    "too_little_left": _error("Let at least two questions stay when scenario and logic are switched off"),
    "absence": _error("Let a lost candidate come back for 1 minute to 7 days (10080 minutes)"),
    "no_practice": _warning("Add a practice question: it takes away the first fright"),
    # Views and hints
    "view_incomplete": _error("Put each competency into the part of its own dimension, and only there"),
    "unknown_score": _error("Name `total`, a competency, or a view's part as `view.part`"),
    "hint": _error("A hint is a score from 0 to 100"),
    # The glossary
    "glossary": _error("Write each term once, in both languages, at most 12 characters or 40 letters, 20 terms in all"),
    "glossary_spoken": _error("Write what the term sounds like, almost letter for letter, or leave the variant out"),
    # An employer's phrases
    "unknown_value": _error("Name the id or the label of a culture competency of the library"),
    "phrase_too_short": _error("Write at least two characters (zh) or one whole word of three letters (en)"),
    "phrase_repeated": _error("Keep the phrase once, on one side"),
    "phrase_one_language": _warning("Add phrases in the other language: else only one language can earn it"),
}
