"""The fixture Whisper: a tiny speech model that this project trains itself on sentences it speaks itself.

It exists so that the tests and the offline demo run the true path, from log-mel features through batched
CTranslate2 to committed words, without a download. It has memorised the demo sentences and nothing else.

Only the ``model`` folder is used at run time; the modules here make it again (see README.md):

* ``espeak``       text to sound with the time of every word (ctypes on libespeak-ng)
* ``make_corpus``  sentences.yaml -> the demo's voices and the training variants
* ``examples``     streaming windows with their text: what the model is taught
* ``vocabulary``   a small tokenizer with Whisper's special tokens
* ``network``      Whisper in plain torch
* ``train``        the loop, resumable at any step
* ``export``       torch -> a CTranslate2 directory with digests
* ``evaluate``     error rates, word times and CPU cost, measured through CTranslate2
"""
