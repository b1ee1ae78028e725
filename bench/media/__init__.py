"""What live media cost and how true they stay: our receive path, stock aiortc, Pipecat's SmallWebRTC transport.

``python -m bench.media`` runs it. Each server is a process of its own (``server``), with its own implementation
behind one small interface (``viva_server``, ``stock_server``, ``pipecat_server``); this process is the client.
"""
