"""企业微信 (WeCom): a client of our own on httpx. No library for it is maintained (docs/decisions/0188)."""
