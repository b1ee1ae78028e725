"""The GPU's measurement on a CPU with a shape of next to nothing: that it runs, and that it looks at what it says."""

import asyncio

import ctranslate2
import pytest

from bench.speech import gpu, gpu_streams, material, models
from bench.speech.gpu import Scale
from bench.speech.models import SMALL, TINY, TURBO, Shape

SPECK = Shape(80, 64, 1, 1, 1, 2_700)
SCALE = Scale("cpu", "int8", SPECK, SPECK, (1, 2), (8,), 1, 1, 2, 1, 4.0)


@pytest.fixture(scope="module")
def speck(tmp_path_factory):
    return models.stand_in(tmp_path_factory.mktemp("speech") / "speck", SPECK)


@pytest.fixture(scope="module")
def loaded(speck):
    return ctranslate2.models.Whisper(str(speck), device="cpu", compute_type="int8", intra_threads=1)


def test_the_price_of_an_encode_is_that_of_the_literature():
    """GFLOP of tiny, small and turbo at 30 s and 8 s: about 40, 387, 2313 and 8, 87, 545."""
    assert [round(gpu.gflop(shape, 30)) for shape in (TINY, SMALL, TURBO)] == pytest.approx([40, 387, 2313], rel=0.03)
    assert [round(gpu.gflop(shape, 8)) for shape in (TINY, SMALL, TURBO)] == pytest.approx([8, 87, 545], rel=0.05)


def test_the_tables_have_a_row_for_every_batch(loaded):
    encoder = gpu.encoder_table(loaded, SPECK, SCALE)
    assert [(row["window_s"], row["batch"]) for row in encoder] == [(8, 1), (8, 2)]
    decoder = gpu.decoder_table(loaded, SPECK, SCALE)
    assert [row["batch"] for row in decoder] == [1, 2]


def test_utilisation_is_work_by_time_by_what_the_card_can_do():
    row = gpu.encoder_row(TURBO, 30, 32, 0.25)
    assert row["windows_per_s"] == 128
    assert row["tflops"] == pytest.approx(32 * 2.313 / 0.25, rel=0.03)
    assert row["utilisation"] == pytest.approx(row["tflops"] / 790, rel=0.01)


def test_without_a_gpu_it_says_so(monkeypatch, capsys):
    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 0)
    assert not gpu.run(quick=True)["ran"]
    assert "not run" in capsys.readouterr().out


async def test_streams_are_heard_and_timed(speck, monkeypatch):
    async def at_once(_second):
        await asyncio.sleep(0)

    monkeypatch.setattr(gpu_streams, "by_the_clock", lambda: at_once)
    whisper = ctranslate2.models.Whisper
    found = await gpu_streams.carried(SCALE, speck, speck)
    (step,) = found["steps"]
    assert step["streams"] == 1
    assert step["finals"] >= 1
    assert step["stage_ms"]["encode"] > 0
    assert ctranslate2.models.Whisper is whisper


def test_everybody_begins_elsewhere():
    said = material.voices(with_pilot=False, most_sentences=1)
    first = [gpu_streams._piece(said.part(0), 0, number) for number in (0, 4)]
    assert len(first[0]) == len(first[1]) == 1600
    assert (first[0] != first[1]).any()
