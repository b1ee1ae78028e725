"""Whisper's network in plain torch (Radford et al., 2022, section 2.2), made to be exported and nothing else.

Pre-norm Transformer; two convolutions halve the 10 ms frames to 20 ms positions; sinusoidal positions in the
encoder, learned ones in the decoder; keys have no bias; the output layer is the token embedding.
"""
# mypy: disable-error-code="misc,import-not-found,unused-ignore,no-any-return,no-untyped-call"

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class Shape:
    mels: int = 80
    width: int = 128
    heads: int = 4
    encoder_layers: int = 3
    decoder_layers: int = 2
    encoder_positions: int = 1500
    decoder_positions: int = 448
    vocabulary: int = 0


def sinusoids(length: int, width: int) -> Tensor:
    """Whisper's: sines in the first half of the channels, cosines in the second."""
    step = math.log(10_000) / (width // 2 - 1)
    scaled = torch.arange(length)[:, None] * torch.exp(-step * torch.arange(width // 2))[None, :]
    return torch.cat([scaled.sin(), scaled.cos()], dim=1)


class Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, memory: Tensor, causal: bool = False) -> Tensor:
        q, k, v = self._split(self.query(x)), self._split(self.key(memory)), self._split(self.value(memory))
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=causal)
        return self.out(self._merge(mixed))

    def with_weights(self, x: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Also the logarithm of the attention, (batch, heads, queries, keys)."""
        q, k, v = self._split(self.query(x)), self._split(self.key(memory)), self._split(self.value(memory))
        log_weights = functional.log_softmax(q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]), dim=-1)
        return self.out(self._merge(log_weights.exp() @ v)), log_weights

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def _merge(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2).flatten(2)


class FeedForward(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = nn.Linear(width, 4 * width)
        self.outer = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.outer(functional.gelu(self.inner(x)))


class EncoderLayer(nn.Module):
    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(shape.width)
        self.attention = Attention(shape.width, shape.heads)
        self.feed_norm = nn.LayerNorm(shape.width)
        self.feed = FeedForward(shape.width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        normed = self.attention_norm(x)
        x = x + self.dropout(self.attention(normed, normed))
        return x + self.dropout(self.feed(self.feed_norm(x)))


class DecoderLayer(nn.Module):
    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(shape.width)
        self.attention = Attention(shape.width, shape.heads)
        self.cross_norm = nn.LayerNorm(shape.width)
        self.cross = Attention(shape.width, shape.heads)
        self.feed_norm = nn.LayerNorm(shape.width)
        self.feed = FeedForward(shape.width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        normed = self.attention_norm(x)
        x = x + self.dropout(self.attention(normed, normed, causal=True))
        heard, log_weights = self.cross.with_weights(self.cross_norm(x), memory)
        x = x + self.dropout(heard)
        return x + self.dropout(self.feed(self.feed_norm(x))), log_weights


class Whisper(nn.Module):
    def __init__(self, shape: Shape, dropout: float = 0.05) -> None:
        super().__init__()
        self.shape = shape
        self.conv1 = nn.Conv1d(shape.mels, shape.width, 3, padding=1)
        self.conv2 = nn.Conv1d(shape.width, shape.width, 3, stride=2, padding=1)
        self.register_buffer("encoder_positions", sinusoids(shape.encoder_positions, shape.width))
        self.encoder = nn.ModuleList(EncoderLayer(shape, dropout) for _ in range(shape.encoder_layers))
        self.encoder_norm = nn.LayerNorm(shape.width)
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.decoder_positions = nn.Parameter(torch.randn(shape.decoder_positions, shape.width) * 0.02)
        self.decoder = nn.ModuleList(DecoderLayer(shape, dropout) for _ in range(shape.decoder_layers))
        self.decoder_norm = nn.LayerNorm(shape.width)
        nn.init.normal_(self.embedding.weight, std=0.04)

    def encode(self, features: Tensor) -> Tensor:
        """(batch, mels, frames) -> (batch, frames / 2, width)."""
        x = functional.gelu(self.conv1(features))
        x = functional.gelu(self.conv2(x)).transpose(1, 2)
        x = x + self.encoder_positions[: x.shape[1]]
        for layer in self.encoder:
            x = layer(x)
        return self.encoder_norm(x)

    def decode(self, tokens: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (batch, tokens, vocabulary), and the last layer's log attention (batch, heads, tokens, positions)."""
        x = self.embedding(tokens) + self.decoder_positions[: tokens.shape[1]]
        for layer in self.decoder:
            x, log_weights = layer(x, memory)
        return self.decoder_norm(x) @ self.embedding.weight.T, log_weights
