/** The candidate's live media as frames of the media WebSocket: sound packet by packet, and stills. */
import { encodeFrame, FrameKind, LEVEL_UNKNOWN } from "./frames";
import type { MediaSocket } from "./media_socket";
import { Outbox } from "./outbox";
import type { TakePacket, VoicePacket } from "./take";
import { liveFrame } from "./take_frames";

export class LiveFeed {
  /** Sheds stills, never sound; counts what it shed. */
  readonly outbox = new Outbox();
  private sounds = 0;
  private pictures = 0;
  private zeroMs: number | undefined;

  constructor(
    private readonly socket: MediaSocket,
    private readonly now: () => number,
  ) {}

  /** Numbers and times outside takes begin anew on every connection. */
  connected(): void {
    this.sounds = this.pictures = 0;
    this.zeroMs = undefined;
  }

  /** `numbered`: the same packet as part of a take. False: not sent, so it has to follow later. */
  sound(packet: VoicePacket, numbered: TakePacket | undefined): boolean {
    if (this.socket.state !== "open") return false;
    if (this.outbox.judge(true, this.socket.bufferedBytes) === "restart") {
      this.socket.renew();
      return false;
    }
    const startMs = this.since(packet.atMs);
    return this.socket.send(
      numbered ? liveFrame(numbered) : encodeFrame({ ...packet, key: false, live: true, take: 0, n: this.sounds++, startMs }),
    );
  }

  still(jpeg: Uint8Array): void {
    if (this.socket.state !== "open") return;
    if (this.outbox.judge(false, this.socket.bufferedBytes) !== "send") return;
    const frame = { kind: FrameKind.jpeg, key: true, live: true, take: 0, durationMs: 0, level: LEVEL_UNKNOWN, payload: jpeg };
    this.socket.send(encodeFrame({ ...frame, n: this.pictures++, startMs: this.since(this.now()) }));
  }

  private since(atMs: number): number {
    this.zeroMs ??= atMs;
    return Math.max(0, atMs - this.zeroMs);
  }
}
