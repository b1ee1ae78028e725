"""Live transcription beside its peers: the same model, the same sound, the same machine.

* ``__main__``      the runs, the table, the targets
* ``environments``  one environment a peer, made once under ``.cache`` from ``pins``
* ``material``      what is said, with the time of every word
* ``models``        directories: the fixture, the stand-in of tiny's true shape, one that is given
* ``pilot``         where in the tape a window was cut from, written into the sound itself
* ``recogniser``    the model that every server loads: counted and, for the stand-in, with its words put in
* ``hook``          puts it into a server's process without a change to the server
* ``servers``       how each one is started; those without a server of their own get the smallest one
* ``clients``       paced sessions over WebSocket
* ``measure``       one run of one server; ``compare``: all of them, run after run
* ``judge``         latencies, erasure, error rate of what a session was shown; pure
* ``search``        how many sessions it carries; pure
* ``gpu``           encoder by batch, decoder by step, and whole streams (``gpu_streams``) on one GPU
"""
