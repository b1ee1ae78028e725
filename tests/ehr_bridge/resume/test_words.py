from ehr_bridge.resume import words


def test_every_list_is_a_pattern() -> None:
    for name in ("headings", "degrees", "certificates", "skills", "languages", "protected"):
        assert all(pattern.pattern for _, pattern in words.patterns(name))
    for name in ("employers", "titles", "language_levels", "grades", "not_passed_yet"):
        assert not words.pattern(name).search("")


def test_no_pattern_matches_nothing() -> None:
    """It would find a fact in every line."""
    for name in ("degrees", "certificates", "skills", "languages", "protected"):
        for key, pattern in words.patterns(name):
            assert not pattern.fullmatch(""), key
