/**
 * Keeps the candidate's media flowing: WebRTC if it is there within 3 s, else a WebSocket; again after a loss.
 * A WebSocket that worked is kept to until the page is reloaded: a network that blocked UDP once does it again.
 */
import { delayMs, PATIENT } from "../protocol/reconnect";
import type { MediaTransport } from "./transport";
import { publishWhip } from "./whip";

/** How live media travel without WebRTC. `changed`: that road is up, or down and coming back by itself. */
export type OpenSocketRoad = (stream: MediaStream, changed: (up: boolean) => void) => Promise<MediaTransport>;

export interface MediaPlan {
  readonly policy: "auto" | "webrtc" | "websocket";
  /** Asked for anew each time: an interview may move to another process. */
  readonly whipUrl: () => string;
  readonly token: string;
  readonly iceServers: RTCIceServer[];
  readonly icePolicy: RTCIceTransportPolicy;
}

export type MediaLink = "off" | "connecting" | "webrtc" | "websocket" | "lost";

const WEBRTC_WITHIN_MS = 3_000;
/** When there is nothing to fall back to, WebRTC may take its time. */
const WEBRTC_ALONE_WITHIN_MS = 12_000;

export class Publisher {
  link: MediaLink = "off";
  private transport: MediaTransport | undefined;
  private stream: MediaStream | undefined;
  private run = 0;
  private attempt = 0;
  private webrtcFailed = false;
  private retry: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly plan: MediaPlan,
    private readonly openSocketRoad: OpenSocketRoad,
    private readonly changed: (link: MediaLink) => void,
  ) {}

  /** Resolves when media flow or the first attempt has failed (then it goes on trying by itself). */
  async start(stream: MediaStream): Promise<void> {
    this.stop();
    this.stream = stream;
    await this.connect();
  }

  stop(): void {
    this.run += 1;
    clearTimeout(this.retry);
    this.transport?.close();
    this.transport = undefined;
    this.stream = undefined;
    this.enter("off");
  }

  private async connect(): Promise<void> {
    const { stream } = this;
    const run = ++this.run;
    if (!stream) return;
    this.enter("connecting");
    const lost = (): void => {
      if (run === this.run) this.again();
    };
    const transport = await this.open(stream, lost);
    if (run !== this.run) {
      transport?.close();
      return;
    }
    if (!transport) {
      this.again();
      return;
    }
    this.transport = transport;
    this.attempt = 0;
    this.enter(transport.kind);
  }

  private async open(stream: MediaStream, lost: () => void): Promise<MediaTransport | undefined> {
    const { plan } = this;
    if (plan.policy !== "websocket" && !(this.webrtcFailed && plan.policy === "auto")) {
      const connectWithinMs = plan.policy === "auto" ? WEBRTC_WITHIN_MS : WEBRTC_ALONE_WITHIN_MS;
      const { token, iceServers, icePolicy } = plan;
      const url = plan.whipUrl();
      const options = { url, token, iceServers, icePolicy, connectWithinMs };
      const transport = await publishWhip(stream, options, lost).catch(() => undefined);
      if (transport || plan.policy === "webrtc") return transport;
      this.webrtcFailed = true;
    }
    return this.openSocketRoad(stream, (up) => this.socketRoad(up)).catch(() => undefined);
  }

  private socketRoad(up: boolean): void {
    if (this.transport?.kind === "websocket") this.enter(up ? "websocket" : "lost");
  }

  private again(): void {
    this.transport = undefined;
    this.enter("lost");
    this.retry = setTimeout(() => void this.connect(), delayMs(PATIENT, this.attempt, Math.random()));
    this.attempt += 1;
  }

  private enter(link: MediaLink): void {
    if (link === this.link) return;
    this.link = link;
    this.changed(link);
  }
}
