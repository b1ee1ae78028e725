/** The far side of the media WebSocket, and a world in which takes are recorded without a microphone. */
import type { ArchiveSurroundings } from "../src/media/archive";
import { FrameKind, HEADER_BYTES } from "../src/media/frames";
import type { BinarySocket } from "../src/media/media_socket";
import type { TakePacket } from "../src/media/take";
import { MemoryTakes, type TakeStore } from "../src/media/take_store";
import type { MediaTold, TakeState } from "../src/protocol/generated";
import { FakeWorld } from "./fakes";

/** Keeps what it is sent, and says what it is told to say. */
export class FakeMediaSocket implements BinarySocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  bufferedAmount = 0;
  closed = false;
  readonly texts: { type?: string; [key: string]: unknown }[] = [];
  readonly frames: Uint8Array[] = [];

  constructor(readonly url: string) {}

  send(data: string | Uint8Array): void {
    if (typeof data === "string") this.texts.push(JSON.parse(data) as { type: string });
    else this.frames.push(data);
  }
  close(): void {
    this.closed = true;
  }
  hear(message: MediaTold): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  letIn(takes: readonly TakeState[] = []): void {
    this.onopen?.();
    this.hear({ type: "takes", takes });
  }
  said(type: string): { [key: string]: unknown }[] {
    return this.texts.filter((message) => message.type === type);
  }
}

export class FakeMediaWorld extends FakeWorld implements ArchiveSurroundings {
  readonly mediaSockets: FakeMediaSocket[] = [];
  stored: TakeStore = new MemoryTakes();

  openMediaSocket(url: string): FakeMediaSocket {
    const socket = new FakeMediaSocket(url);
    this.mediaSockets.push(socket);
    return socket;
  }
  openStore(): Promise<TakeStore> {
    return Promise.resolve(this.stored);
  }
  wallClock(): number {
    return 1_000_000 + this.now();
  }
  get media(): FakeMediaSocket {
    const last = this.mediaSockets.at(-1);
    if (!last) throw new Error("no media socket was opened");
    return last;
  }
  /** Lets what was promised happen, again and again while time passes. */
  async live(ms: number, stepMs = 10): Promise<void> {
    for (let at = 0; at < ms; at += stepMs) {
      this.pass(stepMs);
      await promised();
    }
  }
}

/** Every promise that could be kept by now has been. */
export async function promised(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
}

export function packet(take: number, n: number, more: Partial<TakePacket> = {}): TakePacket {
  return { take, n, kind: FrameKind.opus, startMs: n * 60, durationMs: 60, level: 30, payload: Uint8Array.of(take, n), ...more };
}

export interface Arrived {
  readonly take: number;
  readonly n: number;
  readonly startMs: number;
  readonly live: boolean;
  readonly payload: Uint8Array;
}

/** What a server reads out of a frame: one packet, or the packets of a run. */
export function unpack(frame: Uint8Array): Arrived[] {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const [kind, take, n, startMs, durationMs] = [view.getUint8(1), view.getUint16(4), view.getUint32(8), view.getUint32(12), view.getUint16(16)];
  const live = (view.getUint16(2) & 2) !== 0;
  if (kind !== FrameKind.run) return [{ take, n, startMs, live, payload: frame.slice(HEADER_BYTES) }];
  const found: Arrived[] = [];
  for (let at = HEADER_BYTES; at < frame.length; at += 2 + view.getUint16(at)) {
    const i = found.length;
    found.push({ take, n: n + i, startMs: startMs + i * durationMs, live, payload: frame.slice(at + 2, at + 2 + view.getUint16(at)) });
  }
  return found;
}
