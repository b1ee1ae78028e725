"""How long a batch takes on one H200, calculated; nothing here was measured on a GPU.

Encoder: 24·n·d² + 4·n²·d FLOP a layer (n = 50 positions a second), the convolutions, and the keys and values of the
decoder's cross-attention, at a share (``utilisation``) of 790 TFLOP/s dense; and, because CTranslate2's attention is
not fused, 8·heads·n² bytes a layer of scores through the memory at 60 % of 4.8 TB/s. Decoder: one step a token, each
the longest of a floor for launching its kernels (an assumption), its weights and caches through the memory, its FLOP.
The slowest sequence holds its batch.
"""

from dataclasses import dataclass

PEAK_GFLOP_S = 790e3
MEMORY_GB_S = 0.6 * 4800


@dataclass(frozen=True, slots=True)
class Model:
    """``encode_gflop``: of one window with its cross-attention projections, by its seconds. ``cache_mb_30s``: read
    every step. ``floor_ms``: of a step."""

    name: str
    layers: int
    heads: int
    encode_gflop: dict[int, float]
    decode_mflop: float
    weights_mb: float
    cache_mb_30s: float
    floor_ms: float


SMALL = Model("small", 12, 12, {30: 387, 15: 173, 10: 110, 8: 87}, 298, 278, 55, 1.8)
TURBO = Model("large-v3-turbo", 32, 20, {30: 2313, 15: 1064, 10: 689, 8: 545}, 328, 316, 31, 0.9)


def step_s(model: Model, window_s: int, batch: int, tokens: int, *, beam: int, utilisation: float) -> float:
    """Seconds for encoding and decoding ``batch`` windows of one length; ``tokens``: of the longest sequence."""
    positions = 50 * window_s
    compute = batch * model.encode_gflop[window_s] / (utilisation * PEAK_GFLOP_S)
    scores_gb = batch * model.layers * 8 * model.heads * positions**2 / 1e9
    rows = batch * beam
    traffic_gb = (model.weights_mb + rows * model.cache_mb_30s * window_s / 30) / 1e3
    step = max(
        model.floor_ms / 1e3,
        traffic_gb / MEMORY_GB_S,
        rows * model.decode_mflop / 1e3 / (utilisation * PEAK_GFLOP_S),
    )
    return compute + scores_gb / MEMORY_GB_S + tokens * step
