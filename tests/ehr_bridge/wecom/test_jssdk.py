from ehr_bridge.wecom.jssdk import signature

TICKET = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
URL = "http://mp.weixin.qq.com?params=value"
SIGNED = "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


def test_the_official_vector() -> None:
    assert signature(TICKET, "Wm3WZYTPz0wzccnW", 1414587457, URL) == SIGNED


def test_what_follows_the_hash_takes_no_part() -> None:
    assert signature(TICKET, "Wm3WZYTPz0wzccnW", 1414587457, URL + "#/page?a=1") == SIGNED
    assert signature(TICKET, "Wm3WZYTPz0wzccnW", 1414587457, URL + "&a=1") != SIGNED
