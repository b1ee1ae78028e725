from realtime.interview.turns import Floor, Span, sentence_ends_at


def test_a_span_lasts_from_start_to_end() -> None:
    floor = Floor()
    assert floor.speech_started(1_000) is None
    assert floor.silence_ms(9_000) == 0
    assert floor.speech_ended(4_000, reading_ms=4_200) == Span(1_000, 4_000)
    assert floor.spoken_ms == 3_000
    assert floor.silence_ms(5_200) == 1_000


def test_an_end_without_a_start_means_nothing() -> None:
    assert Floor().speech_ended(4_000, reading_ms=4_000) is None


def test_a_start_while_speaking_ends_the_lost_span_where_it_was_last_heard() -> None:
    floor = Floor()
    floor.speech_started(1_000)
    floor.heard(3_000)
    assert floor.speech_started(9_000) == Span(1_000, 3_000)
    assert floor.finish(12_000) == Span(9_000, 12_000)
    assert floor.finish(13_000) is None


def test_the_sentence_ends_after_silence_counted_from_the_tail_at_the_earliest() -> None:
    floor = Floor(quiet_since_ms=100_000)
    assert sentence_ends_at(floor, tail_began_ms=180_000, sentence_end_ms=700) == 180_700
    floor.speech_started(180_300)
    assert sentence_ends_at(floor, tail_began_ms=180_000, sentence_end_ms=700) is None
    floor.speech_ended(182_000, reading_ms=182_000)
    assert sentence_ends_at(floor, tail_began_ms=180_000, sentence_end_ms=700) == 182_700
