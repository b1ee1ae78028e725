/**
 * One lasting conversation over many WebSockets: hello, ping, reconnect, replay. No DOM in here; sockets,
 * timers, the clock and chance are given, so that the tests run it in virtual time.
 *
 *   idle ──open()──► connecting ──socket opens, hello sent──► greeting ──first message──► open
 *                        ▲                                        │                        │
 *                        └───────── waiting (back-off) ◄──────────┴──── socket lost ───────┘
 *   any ──close(), or a refusal that another try cannot cure──► closed
 *
 * `last_seen_seq` is kept here: a durable message is handed on once, however often it is replayed.
 */
import { decodeEnvelope, encode } from "./codec";
import type { CandidateMessage, Envelope, HrMessage, Refused } from "./generated";
import { delayMs, PATIENT, type ReconnectPolicy } from "./reconnect";

export type ConnectionState = "idle" | "connecting" | "greeting" | "open" | "waiting" | "closed";
type Outgoing = CandidateMessage | HrMessage;

/** What we need of a WebSocket; the browser's own fits. */
export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  onerror: (() => void) | null;
  send(data: string): void;
  close(): void;
}

export interface Surroundings {
  openSocket(url: string): SocketLike;
  now(): number;
  chance(): number;
  /** Calls `work` once after `ms`; the returned function calls it off. */
  after(ms: number, work: () => void): () => void;
}

export interface ConnectionEvents {
  received(envelope: Envelope): void;
  stateChanged(state: ConnectionState): void;
  /** Round trip of the last ping; undefined while the last one stays unanswered for 3 s. */
  roundTrip(ms: number | undefined): void;
  /** The connection broke or did not come up. `waiting`: the server said when to come back. */
  lost?(waiting: boolean): void;
  /** The server will not have us, and trying again would not help. */
  refused(refusal: Refused): void;
}

export interface ConnectionOptions {
  /** Asked for anew each time: an interview may move to another process. */
  readonly url: () => string;
  readonly hello: (lastSeenSeq: number) => Outgoing;
  readonly policy?: ReconnectPolicy;
}

const PING_EVERY_MS = 1_000;
const SUSPECT_AFTER_MS = 3_000;
const GONE_AFTER_MS = 7_000;
/** Overflow policy: the oldest waiting message is dropped. Drafts replace each other, so 64 is never reached. */
const OUTBOX_LIMIT = 64;

export class Connection {
  state: ConnectionState = "idle";
  dropped = 0;
  private socket: SocketLike | undefined;
  private outbox: Outgoing[] = [];
  private lastSeenSeq = 0;
  private attempt = 0;
  private heardAt = 0;
  private pingId = 0;
  private readonly pings = new Map<number, number>();
  private cancelTimer: () => void = () => undefined;
  /** What the server asked us to wait before the next try. */
  private askedMs: number | undefined;

  constructor(
    private readonly options: ConnectionOptions,
    private readonly around: Surroundings,
    private readonly events: ConnectionEvents,
  ) {}

  open(): void {
    if (this.state !== "idle" && this.state !== "waiting" && this.state !== "closed") return;
    this.cancelTimer();
    this.enter("connecting");
    this.heardAt = this.around.now();
    const socket = this.around.openSocket(this.options.url());
    this.socket = socket;
    socket.onopen = () => this.greet(socket);
    socket.onmessage = (event) => this.hear(socket, event.data);
    socket.onclose = () => this.lose(socket);
    socket.onerror = null;
    this.watch();
  }

  /** Sent now, or as soon as the server knows us again; in order. */
  send(message: Outgoing): void {
    if (this.state === "open" && this.socket) {
      this.socket.send(encode(message));
      return;
    }
    if (message.type === "save_draft") {
      this.outbox = this.outbox.filter((m) => m.type !== "save_draft" || m.question_id !== message.question_id);
    }
    this.outbox.push(message);
    if (this.outbox.length > OUTBOX_LIMIT) {
      this.outbox.shift();
      this.dropped += 1;
    }
  }

  close(): void {
    this.cancelTimer();
    this.drop();
    this.enter("closed");
  }

  /** Leaves this connection for one at the address that is right now. */
  reopen(): void {
    if (this.state === "closed") return;
    this.cancelTimer();
    this.drop();
    this.enter("waiting");
    this.open();
  }

  private greet(socket: SocketLike): void {
    if (socket !== this.socket) return;
    this.heardAt = this.around.now();
    socket.send(encode(this.options.hello(this.lastSeenSeq)));
    this.enter("greeting");
  }

  private hear(socket: SocketLike, data: unknown): void {
    if (socket !== this.socket || typeof data !== "string") return;
    this.heardAt = this.around.now();
    const envelope = decodeEnvelope(data);
    if (!envelope) return;
    const { message, seq } = envelope;
    if (message.type === "pong") {
      const sentAt = this.pings.get(message.id);
      this.pings.delete(message.id);
      if (sentAt !== undefined) this.events.roundTrip(this.around.now() - sentAt);
    }
    if (message.type === "refused" && !message.retry && this.endsConversation(message)) {
      this.close();
      this.events.refused(message);
      return;
    }
    if (message.type === "refused" && message.retry_after_s !== null) this.askedMs = message.retry_after_s * 1_000;
    if (this.state === "greeting" && message.type !== "refused" && message.type !== "moved") this.settle();
    if (seq !== 0 && seq <= this.lastSeenSeq) return;
    if (seq !== 0) this.lastSeenSeq = seq;
    this.events.received(envelope);
  }

  /** Before the welcome every refusal is about us; later only these are, the rest is about one message. */
  private endsConversation(refusal: Refused): boolean {
    return this.state === "greeting" || ENDING_CODES.has(refusal.code);
  }

  private settle(): void {
    this.attempt = 0;
    this.askedMs = undefined;
    this.enter("open");
    const waiting = this.outbox;
    this.outbox = [];
    for (const message of waiting) this.send(message);
  }

  /** The one repeating timer: pings, and notices a silent peer long before TCP would. */
  private watch(): void {
    this.cancelTimer = this.around.after(PING_EVERY_MS, () => {
      const silentMs = this.around.now() - this.heardAt;
      if (silentMs >= GONE_AFTER_MS && this.socket) {
        this.lose(this.socket);
        return;
      }
      if (silentMs >= SUSPECT_AFTER_MS) this.events.roundTrip(undefined);
      if (this.state === "open") this.ping();
      this.watch();
    });
  }

  private ping(): void {
    this.pingId += 1;
    this.pings.set(this.pingId, this.around.now());
    this.pings.delete(this.pingId - 16);
    this.socket?.send(encode({ type: "ping", id: this.pingId }));
  }

  private lose(socket: SocketLike): void {
    if (socket !== this.socket || this.state === "closed") return;
    this.cancelTimer();
    this.drop();
    this.enter("waiting");
    this.events.roundTrip(undefined);
    this.events.lost?.(this.askedMs !== undefined);
    const chance = this.around.chance();
    const wait = this.askedMs === undefined ? delayMs(this.options.policy ?? PATIENT, this.attempt, chance) : this.askedMs * (1 + WAIT_SPREAD * chance);
    this.askedMs = undefined;
    this.attempt += 1;
    this.cancelTimer = this.around.after(wait, () => this.open());
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = undefined;
    this.pings.clear();
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private enter(state: ConnectionState): void {
    if (state === this.state) return;
    this.state = state;
    this.events.stateChanged(state);
  }
}

/** A refusal asks for this long; the jitter keeps those who were refused together from coming back together. */
const WAIT_SPREAD = 0.2;
const ENDING_CODES: ReadonlySet<string> = new Set(["opened_elsewhere", "session_expired", "not_signed_in"]);
