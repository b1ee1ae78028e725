"""Notices, replies, promises and offers of this installation: ``ehr_bridge.notices`` put together and kept going."""
