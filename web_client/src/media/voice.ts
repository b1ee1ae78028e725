/**
 * The microphone as packets with their times, encoded once for whoever wants them: the take of an answer, and the
 * live sound where it travels over the WebSocket. Blocks flow as long as the microphone is open, so that the first
 * word of an answer is not lost to a worklet that is still being loaded; nothing is encoded that nobody wants.
 */
import { BLOCK_MS, type Block, type BlockSource, openBlocks, to16kHz } from "./blocks";
import { BlockClock } from "./block_clock";
import { openEncoder } from "./encoder";
import { FrameKind, pcm16 } from "./frames";
import { audioLevel, dbfs } from "./level";
import type { VoicePacket } from "./take";

export interface VoiceListener {
  wants(): boolean;
  packet(packet: VoicePacket): void;
}

/** A microphone that has stopped gives no more blocks. */
const BLOCK_WITHIN_MS = 150;

interface Encoding {
  readonly atMs: number;
  readonly level: number;
}

export class Voice {
  private run = 0;
  private source: BlockSource | undefined;
  private encoder: AudioEncoder | undefined;
  private clock = new BlockClock(BLOCK_MS);
  /** Blocks in the encoder, oldest first, and how much of the oldest has come out: an encoder may split a block. */
  private encoding: Encoding[] = [];
  private takenMs = 0;
  private nextBlock: (() => void)[] = [];

  constructor(private readonly listener: VoiceListener) {}

  /** From this stream's microphone on; raises what AudioContext raises. Without one there is nothing to hear. */
  async start(stream: MediaStream): Promise<void> {
    this.stop();
    const { run } = this;
    if (stream.getAudioTracks().length === 0) return;
    this.clock = new BlockClock(BLOCK_MS);
    const source = await openBlocks(stream, (block) => {
      if (run === this.run) this.block(block);
    });
    const encoder = await openEncoder(
      source.sampleRate,
      (chunk) => {
        if (run === this.run) this.chunk(chunk);
      },
      () => {
        if (run === this.run) this.encoder = undefined;
      },
    );
    if (run !== this.run) {
      source.close();
      encoder?.close();
      return;
    }
    [this.source, this.encoder] = [source, encoder];
  }

  stop(): void {
    this.run += 1;
    this.source?.close();
    if (this.encoder?.state === "configured") this.encoder.close();
    this.source = this.encoder = undefined;
    this.encoding = [];
    this.takenMs = 0;
  }

  /** Resolves when everything said so far has come out as packets: also the block that is being spoken. */
  async drain(): Promise<void> {
    if (!this.source) return;
    await new Promise<void>((resolve) => {
      this.nextBlock.push(resolve);
      setTimeout(resolve, BLOCK_WITHIN_MS);
    });
    if (this.encoder?.state === "configured") await this.encoder.flush().catch(() => undefined);
  }

  private block({ samples, endedAtMs }: Block): void {
    const { source } = this;
    if (!source) return;
    const atMs = this.clock.start(endedAtMs);
    if (this.listener.wants()) this.encode(source, samples, atMs);
    for (const resolve of this.nextBlock.splice(0)) resolve();
  }

  private encode(source: BlockSource, samples: Float32Array, atMs: number): void {
    const { encoder } = this;
    const level = audioLevel(dbfs(samples));
    if (encoder?.state !== "configured") {
      const payload = pcm16(to16kHz(samples, source.sampleRate));
      this.listener.packet({ kind: FrameKind.pcm, atMs, durationMs: BLOCK_MS, level, payload });
      return;
    }
    this.encoding.push({ atMs, level });
    const data = new AudioData({
      format: "f32-planar",
      sampleRate: source.sampleRate,
      numberOfFrames: samples.length,
      numberOfChannels: 1,
      timestamp: Math.round(atMs * 1000),
      data: samples as Float32Array<ArrayBuffer>,
    });
    encoder.encode(data);
    data.close();
  }

  private chunk(chunk: EncodedAudioChunk): void {
    const durationMs = Math.round((chunk.duration ?? BLOCK_MS * 1000) / 1000);
    const [block] = this.encoding;
    if (!block) return;
    const payload = new Uint8Array(chunk.byteLength);
    chunk.copyTo(payload);
    this.listener.packet({ kind: FrameKind.opus, atMs: block.atMs + this.takenMs, durationMs, level: block.level, payload });
    this.takenMs += durationMs;
    if (this.takenMs < BLOCK_MS) return;
    this.encoding.shift();
    this.takenMs = 0;
  }
}
