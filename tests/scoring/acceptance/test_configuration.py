from scoring.acceptance.configuration import Change, changes


def test_what_changed_between_the_beginning_and_now() -> None:
    before = {"position": "1.0.0", "profile": "cn", "culture": "2"}
    after = {"position": "1.1.0", "profile": "cn", "calibration": "1.0.0"}
    assert changes(before, after) == (
        Change("calibration", None, "1.0.0"),
        Change("culture", "2", None),
        Change("position", "1.0.0", "1.1.0"),
    )
    assert changes(before, before) == ()
