from ehr_bridge.health import Health


def test_ill_after_failures_in_a_row_and_well_after_one_that_settled() -> None:
    health = Health(limit=3)
    seen = []
    for happened in "ffsfffffsf":
        (health.failed if happened == "f" else health.settled)("odoo")
        seen.append(health.ill("odoo"))
    assert seen == [False, False, False, False, False, True, True, True, False, False]
    assert not health.ill("embedded")
