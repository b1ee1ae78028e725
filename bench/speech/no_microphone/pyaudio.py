"""For RealtimeSTT, which imports PyAudio though it is fed by hand: nothing here can be opened."""

paInt16 = 8
