"""Every message that travels between a browser (or a virtual candidate) and the server.

Three modules, read in this order:

* ``text``     small vocabulary shared by all messages (languages, phases, bilingual text)
* ``messages`` the tagged unions: what a candidate, an HR watcher and the server may say
* ``codec``    bytes to messages and back, with size limits and typed refusals
* ``frames``   the one binary frame format for media over WebSocket

The JSON Schema that the web client is generated from is made by ``python -m realtime.protocol.schema``.
"""
