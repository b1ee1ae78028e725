from bench.speech.compare import median
from bench.speech.targets import targets

ROW = {"cpu_s_per_audio_s": 0.1, "committed_p50_s": 1.0, "committed_p95_s": 2.0, "cer_zh": 0.01, "wer_en": 0.02}


def named(found):
    return {target["name"].partition(": ")[2]: target for target in found}


def test_each_target_takes_the_peer_that_is_best_in_it():
    table = {
        "viva": ROW,
        "fast": {**ROW, "cpu_s_per_audio_s": 0.29, "committed_p50_s": 5.0, "cer_zh": 0.3},
        "exact": {**ROW, "cpu_s_per_audio_s": 0.9, "committed_p50_s": 0.9, "cer_zh": 0.0, "committed_p95_s": None},
    }
    carried = {"viva": {"sessions": 9}, "fast": {"sessions": 2}, "exact": {"sessions": 1}}
    found = named(targets("x", table, carried))
    cpu = found["times less CPU than the best peer"]
    assert (cpu["value"], cpu["peer"], cpu["met"]) == (2.9, "fast", False)
    assert found["committed_p50_s beside the earliest peer's"]["peer"] == "exact"
    assert not found["committed_p50_s beside the earliest peer's"]["met"]
    assert found["committed_p95_s beside the earliest peer's"]["met"]
    assert not found["cer_zh beside the most exact peer's"]["met"]
    assert found["wer_en beside the most exact peer's"]["met"]
    assert found["times the sessions of the best peer"]["met"]


def test_a_peer_that_lost_its_words_is_not_the_cheapest():
    lost = {**ROW, "cpu_s_per_audio_s": 0.2, "never_shown": 0.5}
    heard = {**ROW, "cpu_s_per_audio_s": 0.5, "never_shown": 0.05}
    table = {"viva": ROW, "lost": lost, "heard": heard}
    assert named(targets("x", table, {}))["times less CPU than the best peer"]["peer"] == "heard"
    del table["heard"]
    assert named(targets("x", table, {}))["times less CPU than the best peer"]["peer"] == "lost"


def test_figures_of_a_core_that_others_had_are_marked():
    table = {"viva": {**ROW, "others_on_core": 0.1}, "peer": {**ROW, "others_on_core": 0.6}}
    assert all(target["disturbed"] for target in targets("x", table, {}))
    table["peer"] = {**ROW, "others_on_core": 0.2}
    assert not any(target["disturbed"] for target in targets("x", table, {}))
    steps = {"viva": {"sessions": 8, "steps": [{"others_on_core": 0.5}]}, "peer": {"sessions": 2, "steps": []}}
    assert named(targets("x", table, steps))["times the sessions of the best peer"]["disturbed"]


def test_words_that_never_came_are_later_than_any_that_did():
    found = named(targets("x", {"viva": {**ROW, "committed_p95_s": None}, "peer": ROW}, {}))
    assert not found["committed_p95_s beside the earliest peer's"]["met"]


def test_a_peer_that_carries_nobody_counts_as_one_session():
    found = named(targets("x", {"viva": ROW, "p": ROW}, {"viva": {"sessions": 3}, "p": {"sessions": 0}}))
    assert found["times the sessions of the best peer"]["value"] == 3
    assert not found["times the sessions of the best peer"]["met"]


def test_without_a_peer_there_is_nothing_to_reach():
    assert targets("x", {"viva": ROW}, {}) == []


def test_sessions_alone_have_their_target():
    (target,) = targets("x", {}, {"viva": {"sessions": 8}, "a": {"sessions": 1}, "viva_agreement": {"sessions": 99}})
    assert (target["value"], target["peer"], target["met"]) == (8, "a", True)


def test_the_median_is_of_each_column_and_missing_where_most_are():
    rows = [{"cpu_s_per_audio_s": cpu, "late": late, "failed": []} for cpu, late in ((3, None), (1, 0.5), (2, None))]
    assert median(rows) == {"cpu_s_per_audio_s": 2, "late": None, "failed": [], "range": [1, 3]}
