/** The candidate's media over a WebSocket: Opus packets of 60 ms (or PCM) and stills. Passes every bank proxy. */
import { BLOCK_MS, type BlockSource, openBlocks, to16kHz } from "./blocks";
import { encodeFrame, FrameKind, LEVEL_UNKNOWN, pcm16 } from "./frames";
import { audioLevel, dbfs } from "./level";
import { Outbox } from "./outbox";
import { takeStills } from "./stills";
import type { Lost, MediaTransport } from "./transport";

export interface SocketMediaOptions {
  readonly url: string;
  readonly token: string;
}

const OPUS_BITS_PER_S = 24_000;
const OPEN_WITHIN_MS = 8_000;

/** Raises when the socket does not open or the microphone's samples cannot be had. */
export async function publishSocket(stream: MediaStream, options: SocketMediaOptions, lost: Lost): Promise<MediaTransport> {
  const socket = await openSocket(options.url);
  socket.send(JSON.stringify({ token: options.token }));
  const media = new SocketMedia(socket, lost);
  try {
    await media.start(stream);
  } catch (error) {
    media.close();
    throw error;
  }
  return media;
}

function openSocket(url: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    const fail = (): void => {
      socket.close();
      reject(new Error("media_socket"));
    };
    const timer = setTimeout(fail, OPEN_WITHIN_MS);
    socket.onopen = () => {
      clearTimeout(timer);
      resolve(socket);
    };
    socket.onerror = socket.onclose = () => {
      clearTimeout(timer);
      fail();
    };
  });
}

class SocketMedia implements MediaTransport {
  readonly kind = "websocket";
  private readonly outbox = new Outbox();
  private readonly startedAt = performance.now();
  private readonly counts = { sound: 0, pictures: 0 };
  private closed = false;
  private blocks: BlockSource | undefined;
  private encoder: AudioEncoder | undefined;
  private stopStills: () => void = () => undefined;
  /** Audio time is counted in blocks from the first one's arrival, so that it never drifts against itself. */
  private firstBlockMs: number | undefined;
  private blockCount = 0;
  private readonly levels: number[] = [];

  constructor(
    private readonly socket: WebSocket,
    private readonly lost: Lost,
  ) {
    socket.onmessage = null;
    socket.onerror = socket.onclose = () => this.fail("closed");
  }

  async start(stream: MediaStream): Promise<void> {
    if (stream.getVideoTracks().length > 0) {
      this.stopStills = takeStills(stream, (jpeg) =>
        this.send(FrameKind.jpeg, performance.now() - this.startedAt, 0, LEVEL_UNKNOWN, jpeg),
      );
    }
    if (stream.getAudioTracks().length === 0) return;
    this.blocks = await openBlocks(stream, (samples) => this.block(samples));
    this.encoder = await openEncoder(this.blocks.sampleRate, (chunk) => this.packet(chunk), () => {
      this.encoder = undefined;
    });
  }

  private block(samples: Float32Array): void {
    if (this.closed || !this.blocks) return;
    this.firstBlockMs ??= Math.max(0, performance.now() - this.startedAt - BLOCK_MS);
    const startMs = this.firstBlockMs + this.blockCount * BLOCK_MS;
    this.blockCount += 1;
    const level = audioLevel(dbfs(samples));
    if (!this.encoder) {
      this.send(FrameKind.pcm, startMs, BLOCK_MS, level, pcm16(to16kHz(samples, this.blocks.sampleRate)));
      return;
    }
    this.levels.push(level);
    const data = new AudioData({
      format: "f32-planar",
      sampleRate: this.blocks.sampleRate,
      numberOfFrames: samples.length,
      numberOfChannels: 1,
      timestamp: startMs * 1000,
      data: samples as Float32Array<ArrayBuffer>,
    });
    this.encoder.encode(data);
    data.close();
  }

  private packet(chunk: EncodedAudioChunk): void {
    const payload = new Uint8Array(chunk.byteLength);
    chunk.copyTo(payload);
    this.send(FrameKind.opus, chunk.timestamp / 1000, (chunk.duration ?? BLOCK_MS * 1000) / 1000, this.levels.shift() ?? LEVEL_UNKNOWN, payload);
  }

  private send(kind: FrameKind, startMs: number, durationMs: number, level: number, payload: Uint8Array): void {
    if (this.closed || this.socket.readyState !== WebSocket.OPEN) return;
    const verdict = this.outbox.judge(kind !== FrameKind.jpeg, this.socket.bufferedAmount);
    if (verdict === "restart") this.fail("backlog");
    if (verdict !== "send") return;
    const n = kind === FrameKind.jpeg ? this.counts.pictures++ : this.counts.sound++;
    this.socket.send(
      encodeFrame({ kind, key: true, live: true, take: 0, n, startMs: Math.max(0, startMs), durationMs, level, payload }),
    );
  }

  private fail(reason: string): void {
    if (this.closed) return;
    this.close();
    this.lost(reason);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.stopStills();
    this.blocks?.close();
    if (this.encoder?.state === "configured") this.encoder.close();
    this.socket.onclose = this.socket.onerror = null;
    this.socket.close();
  }
}

/** Undefined where WebCodecs cannot make Opus; the caller then sends PCM. */
async function openEncoder(
  sampleRate: number,
  packet: (chunk: EncodedAudioChunk) => void,
  failed: () => void,
): Promise<AudioEncoder | undefined> {
  if (typeof AudioEncoder === "undefined") return undefined;
  const config: AudioEncoderConfig = {
    codec: "opus",
    sampleRate,
    numberOfChannels: 1,
    bitrate: OPUS_BITS_PER_S,
    opus: { frameDuration: BLOCK_MS * 1000 },
  };
  const support = await AudioEncoder.isConfigSupported(config).catch(() => undefined);
  if (!support?.supported) return undefined;
  const encoder = new AudioEncoder({ output: packet, error: failed });
  encoder.configure(config);
  return encoder;
}
