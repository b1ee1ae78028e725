"""Train the fixture Whisper: ``python -m realtime.inference.fixture_speech.train``.

Beside the usual next-token loss there are two that make a small corpus and a slow machine enough. Both use the
synthesiser's own times: the encoder must name the token that is heard at a place, and two heads of the last
decoder layer are told where each token is heard (they become the alignment heads).

Stops at any time: a checkpoint is written every 100 steps and continued from. ``--export DIRECTORY`` writes
the CTranslate2 model whenever one is saved.
"""
# mypy: disable-error-code="misc,import-not-found,unused-ignore,no-any-return,no-untyped-call"

import argparse
import math
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from realtime.inference.fixture_speech import vocabulary
from realtime.inference.fixture_speech.examples import IGNORE, Example, Lessons
from realtime.inference.fixture_speech.export import MODEL, export
from realtime.inference.fixture_speech.make_corpus import WORK, read_training_set, sentences
from realtime.inference.fixture_speech.network import Shape, Whisper

ALIGNMENT_HEADS = (0, 1)
"""Of the last decoder layer."""
BATCH_SECONDS = 110.0
"""Audio in a batch, silence included: short windows make big batches."""
PEAK_RATE = 2e-3
WARM_UP_STEPS = 80


class Teacher:
    def __init__(self, work: Path, steps: int, seed: int) -> None:
        torch.manual_seed(seed)
        self.work, self.steps = work, steps
        self.tokenizer: Tokenizer = vocabulary.build([text for _, _, text in sentences()])
        self.model = Whisper(Shape(vocabulary=self.tokenizer.get_vocab_size()))
        text_tokens = vocabulary.id_of(self.tokenizer, vocabulary.END)
        self.place_head = torch.nn.Linear(self.model.shape.width, text_tokens)
        parameters = [*self.model.parameters(), *self.place_head.parameters()]
        self.optimiser = torch.optim.AdamW(parameters, lr=PEAK_RATE, betas=(0.9, 0.98), weight_decay=0.01)
        self.step = 0
        self._resume()
        canonical, varied = (read_training_set(work / f"{name}.npz") for name in ("canonical", "varied"))
        self.lessons = Lessons(canonical, varied, self.tokenizer, seed + self.step)

    # ------------------------------------------------------------------ one step
    def window_seconds(self, step: int) -> float:
        """Short windows first (cheap, and most of the learning), the server's buckets later."""
        choice = self.lessons.random.random()
        if step < 0.5 * self.steps:
            return 5.0 if choice < 0.85 else 8.0
        for below, seconds in ((0.3, 5.0), (0.7, 8.0), (0.88, 10.0), (0.97, 15.0)):
            if choice < below:
                return seconds
        return 30.0

    def draw(self, step: int) -> list[Example]:
        seconds = self.window_seconds(step)
        return [self.lessons.draw(seconds) for _ in range(max(4, round(BATCH_SECONDS / seconds)))]

    def teach(self, examples: list[Example]) -> dict[str, float]:
        losses = self._losses(examples)
        self.optimiser.param_groups[0]["lr"] = self._rate()
        self.optimiser.zero_grad()
        (losses["text"] + 0.3 * losses["place"] + 0.3 * losses["attention"]).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        return {name: loss.item() for name, loss in losses.items()}

    def _rate(self) -> float:
        warm = min(1.0, (self.step + 1) / WARM_UP_STEPS)
        return PEAK_RATE * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, self.step / self.steps))))

    def _losses(self, examples: list[Example]) -> dict[str, Tensor]:
        longest = max(len(example.tokens) for example in examples)
        tokens = torch.tensor([e.tokens + [0] * (longest - len(e.tokens)) for e in examples])
        targets = torch.tensor([e.targets + [IGNORE] * (longest - len(e.targets)) for e in examples])
        memory = self.model.encode(torch.from_numpy(np.stack([e.features for e in examples])))
        logits, log_attention = self.model.decode(tokens, memory)
        text = functional.cross_entropy(
            logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORE, label_smoothing=0.02
        )
        place, attention = self._misplaced(memory, examples), _off_span(log_attention, examples)
        return {"text": text, "place": place, "attention": attention}

    def _misplaced(self, memory: Tensor, examples: list[Example]) -> Tensor:
        """Cross-entropy of the encoder's guess at the middle of each token's time."""
        rows, positions, tokens = [], [], []
        for row, example in enumerate(examples):
            spans = example.spans[len(example.spans) - 1 - len(example.text) : -1]
            for token, (start, end) in zip(example.text, spans, strict=True):
                rows.append(row)
                positions.append((start + end) // 2)
                tokens.append(token)
        return functional.cross_entropy(self.place_head(memory[rows, positions]), torch.tensor(tokens))

    # ------------------------------------------------------------------ keeping
    def _resume(self) -> None:
        path = self.work / "checkpoint.pt"
        if path.exists():
            saved = torch.load(path)
            self.model.load_state_dict(saved["model"])
            self.place_head.load_state_dict(saved["place_head"])
            self.optimiser.load_state_dict(saved["optimiser"])
            self.step = saved["step"]

    def keep(self) -> None:
        state = {
            "model": self.model.state_dict(),
            "place_head": self.place_head.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
        }
        torch.save(state, self.work / "checkpoint.new")
        (self.work / "checkpoint.new").replace(self.work / "checkpoint.pt")


def _off_span(log_attention: Tensor, examples: list[Example]) -> Tensor:
    """Mean distance (KL, up to a constant) of the alignment heads from "evenly over the token's own time"."""
    wanted = torch.zeros(log_attention.shape[0], *log_attention.shape[2:])
    for row, example in enumerate(examples):
        for place, (start, end) in enumerate(example.spans):
            if end > start:
                wanted[row, place, start:end] = 1.0 / (end - start)
    heads = log_attention[:, list(ALIGNMENT_HEADS)].mean(dim=1)
    return -(wanted * heads).sum() / wanted.sum().clamp(min=1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=WORK)
    parser.add_argument("--export", type=Path, default=MODEL)
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    teacher = Teacher(arguments.work, arguments.steps, arguments.seed)
    started = time.monotonic()
    with ThreadPoolExecutor(1, "draw") as drawer:
        next_examples = drawer.submit(teacher.draw, teacher.step)
        while teacher.step < arguments.steps:
            examples = next_examples.result()
            next_examples = drawer.submit(teacher.draw, teacher.step + 1)
            losses = teacher.teach(examples)
            if teacher.step % 20 == 0:
                shown = "  ".join(f"{name} {loss:.3f}" for name, loss in losses.items())
                print(f"{teacher.step:5d}  {time.monotonic() - started:6.0f} s  {shown}", flush=True)
            if teacher.step % 100 == 0:
                teacher.keep()
    teacher.keep()
    heads = [(teacher.model.shape.decoder_layers - 1, head) for head in ALIGNMENT_HEADS]
    export(teacher.model, teacher.tokenizer, heads, arguments.export)


if __name__ == "__main__":
    main()
