"""The thin shell around the pure interview: one task, one inbox, one journal for each live interview.

* ``conductor``    one live interview: events in, effects carried out in order
* ``listening``    what an open answer hears and sees: media -> perception -> events
* ``outbox``       one connection's bounded way out
* ``journal``      what must be durable before anybody is told
* ``switchboard``  all live interviews of this process: admission, the live list, drain
"""
