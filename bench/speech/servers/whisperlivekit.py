"""WhisperLiveKit's server: ``MODEL PORT``. Its LocalAgreement policy on faster-whisper, which is the one of its
policies that runs on a CTranslate2 directory alone; all else as it comes. The warm-up, which would be downloaded, is
left out."""

import sys

if __name__ == "__main__":
    model, port = sys.argv[1:3]
    sys.argv[1:] = ["--host", "127.0.0.1", "--port", port, "--model_dir", model, "--backend", "faster-whisper"]
    sys.argv += ["--backend-policy", "localagreement", "--pcm-input", "--warmup-file", "", "--lan", "auto"]
    from whisperlivekit.basic_server import main  # type: ignore[import-not-found]

    main()
