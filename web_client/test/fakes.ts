/** A clock and sockets that do what a test says, and nothing by themselves. */
import type { SocketLike, Surroundings } from "../src/protocol/connection";
import type { Envelope, PhaseChanged, Question, ServerMessage, Welcome } from "../src/protocol/generated";

export class FakeSocket implements SocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  readonly sent: { type: string; [key: string]: unknown }[] = [];
  closed = false;

  send(data: string): void {
    this.sent.push(JSON.parse(data) as { type: string });
  }
  close(): void {
    this.closed = true;
  }
  hear(message: ServerMessage, seq = 0, at_ms = 0): void {
    this.onmessage?.({ data: JSON.stringify({ seq, at_ms, message }) });
  }
  said(type: string): { [key: string]: unknown }[] {
    return this.sent.filter((message) => message.type === type);
  }
}

export class FakeWorld implements Surroundings {
  readonly sockets: FakeSocket[] = [];
  readonly addresses: string[] = [];
  private time = 0;
  private timers: { at: number; work: () => void }[] = [];

  openSocket(url: string): FakeSocket {
    this.addresses.push(url);
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  }
  now(): number {
    return this.time;
  }
  chance(): number {
    return 0;
  }
  after(ms: number, work: () => void): () => void {
    const timer = { at: this.time + ms, work };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }
  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const due = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.timers = this.timers.filter((timer) => timer !== due);
      this.time = due.at;
      due.work();
    }
    this.time = end;
  }
  get socket(): FakeSocket {
    const last = this.sockets.at(-1);
    if (!last) throw new Error("no socket was opened");
    return last;
  }
}

const BOTH = { zh: "中", en: "en" };

export function question(id: string, index = 1): Question {
  return { id, index, total: 4, text: BOTH, thinking_ms: 60_000, answer_ms: 120_000, practice: index === 0 };
}

export function phase(name: PhaseChanged["phase"], more: Partial<PhaseChanged> = {}): PhaseChanged {
  return { type: "phase_changed", phase: name, question: null, timer: null, mode: "voice", time_factor: 1, reason: "", take: 0, ...more };
}

export function welcome(state: PhaseChanged, more: Partial<Welcome> = {}): Welcome {
  return {
    type: "welcome",
    interview_id: "i1",
    epoch: 1,
    language: "zh",
    position: BOTH,
    employer: BOTH,
    state,
    last_seq: 0,
    draft: "",
    draft_revision: -1,
    answered: 0,
    total: 4,
    voice_allowed: true,
    face_allowed: false,
    speech_notice: null,
    ...more,
  };
}

export const envelope = (message: ServerMessage, seq = 0, at_ms = 0): Envelope => ({ seq, at_ms, message });

/** A row of numbers in [0, 1) that is the same in every run (mulberry32). */
export function chances(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
