/**
 * The media WebSocket, kept up over losses: what is said on it is docs/reference/media-frames.md. No DOM in here; the
 * socket, the clock, chance and timers are given.
 *
 *   idle ──open()──► connecting ──token sent──► greeting ──the server says its takes──► open
 *                        ▲                          │                                     │
 *                        └──── waiting (back-off) ◄─┴────────── lost, silent ─────────────┘      any ──close()──► idle
 */
import { delayMs, PATIENT } from "../protocol/reconnect";
import type { MediaSaid, MediaTold, TakeState } from "../protocol/generated";

export type MediaSocketState = "idle" | "connecting" | "greeting" | "open" | "waiting";

/** What we need of a WebSocket; the browser's own fits. */
export interface BinarySocket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  readonly bufferedAmount: number;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(): void;
}

export interface MediaSurroundings {
  openMediaSocket(url: string): BinarySocket;
  now(): number;
  chance(): number;
  after(ms: number, work: () => void): () => void;
}

export interface MediaSocketEvents {
  /** A connection begins: what the server has. */
  opened(takes: readonly TakeState[]): void;
  told(message: MediaTold): void;
  lost(): void;
  changed(state: MediaSocketState): void;
}

const GREETED_WITHIN_MS = 8_000;
const WATCH_EVERY_MS = 1_000;
/** A connection that is let in and thrown out again at once is no reason to come back faster. */
const STEADY_AFTER_MS = 3_000;
const PING_AFTER_MS = 5_000;
const GONE_AFTER_MS = 10_000;

export class MediaSocket {
  state: MediaSocketState = "idle";
  private socket: BinarySocket | undefined;
  private attempt = 0;
  private openedAt = 0;
  private greetedAt = 0;
  private heardAt = 0;
  private saidAt = 0;
  private cancelTimer: () => void = () => undefined;

  constructor(
    private readonly address: () => { readonly url: string; readonly token: string },
    private readonly around: MediaSurroundings,
    private readonly events: MediaSocketEvents,
  ) {}

  /** Does nothing while a connection is there or on its way. */
  open(): void {
    if (this.state === "idle") this.connect();
  }

  /** A new connection at once, for a new epoch of the interview or after a stall. */
  renew(): void {
    if (this.state === "idle") return;
    this.drop();
    this.connect();
  }

  close(): void {
    this.drop();
    this.enter("idle");
  }

  /** Bytes that the browser has taken and not yet sent. */
  get bufferedBytes(): number {
    return this.socket?.bufferedAmount ?? 0;
  }

  /** False: not connected, nothing was sent. */
  send(frame: Uint8Array<ArrayBuffer>): boolean {
    return this.put(frame);
  }

  say(message: MediaSaid): boolean {
    return this.put(JSON.stringify(message));
  }

  private put(data: string | Uint8Array<ArrayBuffer>): boolean {
    if (this.state !== "open" || !this.socket) return false;
    this.socket.send(data);
    this.saidAt = this.around.now();
    return true;
  }

  private connect(): void {
    this.cancelTimer();
    this.enter("connecting");
    const { url, token } = this.address();
    const socket = this.around.openMediaSocket(url);
    this.socket = socket;
    this.openedAt = this.heardAt = this.saidAt = this.around.now();
    socket.onopen = () => {
      socket.send(JSON.stringify({ token }));
      this.enter("greeting");
    };
    socket.onmessage = (event) => this.hear(event.data);
    socket.onclose = () => this.lose();
    this.watch();
  }

  private hear(data: unknown): void {
    this.heardAt = this.around.now();
    const message = decode(data);
    if (!message) return;
    if (message.type !== "takes") {
      this.events.told(message);
      return;
    }
    this.greetedAt = this.around.now();
    this.enter("open");
    this.events.opened(message.takes);
  }

  /** The one repeating timer: a word when neither side had one, and an end to a connection that says nothing. */
  private watch(): void {
    this.cancelTimer = this.around.after(WATCH_EVERY_MS, () => {
      const now = this.around.now();
      const greeted = this.state === "open" || now - this.openedAt < GREETED_WITHIN_MS;
      if (!greeted || now - this.heardAt >= GONE_AFTER_MS) {
        this.lose();
        return;
      }
      if (this.state === "open" && now - this.greetedAt >= STEADY_AFTER_MS) this.attempt = 0;
      if (now - Math.min(this.saidAt, this.heardAt) >= PING_AFTER_MS) this.say({ type: "ping" });
      this.watch();
    });
  }

  private lose(): void {
    this.drop();
    this.enter("waiting");
    this.cancelTimer = this.around.after(delayMs(PATIENT, this.attempt, this.around.chance()), () => this.connect());
    this.attempt += 1;
  }

  private drop(): void {
    this.cancelTimer();
    const { socket } = this;
    this.socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    if (this.state === "open") this.events.lost();
  }

  private enter(state: MediaSocketState): void {
    if (state === this.state) return;
    this.state = state;
    this.events.changed(state);
  }
}

/** Undefined for what is no message: a word from a newer server must not end an interview. */
function decode(data: unknown): MediaTold | undefined {
  if (typeof data !== "string") return undefined;
  try {
    const message: unknown = JSON.parse(data);
    return typeof message === "object" && message !== null && "type" in message ? (message as MediaTold) : undefined;
  } catch {
    return undefined;
  }
}
