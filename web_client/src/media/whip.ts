/** The candidate's media over WebRTC: one POST of an offer (WHIP, RFC 9725), one DELETE at the end. */
import { hasCandidate, iceFragment, preferSpeech } from "./sdp";
import type { Lost, MediaTransport } from "./transport";

export interface WhipOptions {
  readonly url: string;
  readonly token: string;
  readonly iceServers: RTCIceServer[];
  readonly icePolicy: RTCIceTransportPolicy;
  readonly connectWithinMs: number;
}

const GATHER_AT_MOST_MS = 700;
const VIDEO_BITS_PER_S = 180_000;
/** In three temporal layers a quarter of them is the base, which the server's analysis decodes alone: 3 a second. */
const VIDEO_FRAMES_PER_S = 12;
const VIDEO_LAYERS = "L1T3";
/** "disconnected" often heals by itself; longer than this it is lost. */
const HEALS_WITHIN_MS = 4_000;

/** Raises when the connection is not there within `connectWithinMs`. */
export async function publishWhip(stream: MediaStream, options: WhipOptions, lost: Lost): Promise<MediaTransport> {
  if (typeof RTCPeerConnection === "undefined") throw new Error("webrtc_unsupported");
  const peer = new RTCPeerConnection({
    iceServers: options.iceServers,
    iceTransportPolicy: options.icePolicy,
    bundlePolicy: "max-bundle",
  });
  const session = new WhipSession(peer, options);
  try {
    addTracks(peer, stream);
    await within(options.connectWithinMs, session.connect());
  } catch (error) {
    session.close();
    throw error;
  }
  session.watch(lost);
  return session;
}

function addTracks(peer: RTCPeerConnection, stream: MediaStream): void {
  for (const track of stream.getTracks()) {
    if (track.kind === "video") preferVp8(addVideo(peer, track, stream));
    else peer.addTransceiver(track, { direction: "sendonly", streams: [stream] });
  }
}

/** In temporal layers where the browser takes them; one that does not ignores the wish, or refuses the call. */
export function addVideo(peer: RTCPeerConnection, track: MediaStreamTrack, stream: MediaStream): RTCRtpTransceiver {
  const encoding = { maxBitrate: VIDEO_BITS_PER_S, maxFramerate: VIDEO_FRAMES_PER_S };
  const add = (sendEncodings: RTCRtpEncodingParameters[]): RTCRtpTransceiver =>
    peer.addTransceiver(track, { direction: "sendonly", streams: [stream], sendEncodings });
  try {
    return add([{ ...encoding, scalabilityMode: VIDEO_LAYERS } as RTCRtpEncodingParameters]);
  } catch {
    return add([encoding]);
  }
}

/** VP8 is what the server forwards and analyses; every browser has it, but Safari lists H.264 first. */
function preferVp8(transceiver: RTCRtpTransceiver): void {
  const codecs = RTCRtpSender.getCapabilities?.("video")?.codecs;
  if (!codecs || !transceiver.setCodecPreferences) return;
  const isVp8 = (codec: { mimeType: string }): boolean => codec.mimeType.toLowerCase() === "video/vp8";
  transceiver.setCodecPreferences([...codecs.filter(isVp8), ...codecs.filter((c) => !isVp8(c))]);
}

class WhipSession implements MediaTransport {
  readonly kind = "webrtc";
  private resource: string | undefined;
  /** Names the ICE session in every PATCH (RFC 9725, section 4.3.1). */
  private etag = "";
  private closed = false;
  private offerSent = false;
  private readonly late: (RTCIceCandidate | null)[] = [];

  constructor(
    private readonly peer: RTCPeerConnection,
    private readonly options: WhipOptions,
  ) {}

  async connect(): Promise<void> {
    const { peer } = this;
    const connected = new Promise<void>((resolve, reject) => {
      peer.addEventListener("connectionstatechange", () => {
        if (peer.connectionState === "connected") resolve();
        if (peer.connectionState === "failed") reject(new Error("ice_failed"));
      });
    });
    connected.catch(() => undefined);
    peer.addEventListener("icecandidate", ({ candidate }) => {
      if (this.offerSent) this.trickle(candidate);
    });
    const offer = await peer.createOffer();
    await peer.setLocalDescription({ type: "offer", sdp: preferSpeech(offer.sdp ?? "") });
    await gathered(peer);
    const sdp = peer.localDescription?.sdp ?? "";
    if (peer.iceGatheringState === "complete" && !hasCandidate(sdp)) throw new Error("no_candidates");
    await this.post(sdp);
    await connected;
  }

  private async post(sdp: string): Promise<void> {
    this.offerSent = true;
    const response = await fetch(this.options.url, {
      method: "POST",
      headers: { "Content-Type": "application/sdp", Authorization: `Bearer ${this.options.token}` },
      body: sdp,
    });
    if (!response.ok) throw new Error(`whip_${response.status}`);
    const location = response.headers.get("Location");
    if (location) this.resource = new URL(location, response.url).href;
    this.etag = response.headers.get("ETag") ?? "";
    if (this.closed) {
      this.release();
      return;
    }
    await this.peer.setRemoteDescription({ type: "answer", sdp: await response.text() });
    for (const candidate of this.late.splice(0)) this.trickle(candidate);
  }

  /**
   * Only what the first offer did not have; null: that was the last. A server that does not take PATCH (405, 501)
   * loses nothing by it.
   */
  private trickle(candidate: RTCIceCandidate | null): void {
    if (!this.resource) {
      this.late.push(candidate);
      return;
    }
    void fetch(this.resource, {
      method: "PATCH",
      headers: {
        "Content-Type": "application/trickle-ice-sdpfrag",
        Authorization: `Bearer ${this.options.token}`,
        "If-Match": this.etag,
      },
      body: iceFragment(this.peer.localDescription?.sdp ?? "", [candidate]),
    }).catch(() => undefined);
  }

  watch(lost: Lost): void {
    let healing: ReturnType<typeof setTimeout> | undefined;
    this.peer.addEventListener("connectionstatechange", () => {
      const state = this.peer.connectionState;
      clearTimeout(healing);
      if (this.closed) return;
      const end = (): void => {
        if (this.closed) return;
        this.close();
        lost(state);
      };
      if (state === "failed" || state === "closed") end();
      if (state === "disconnected") healing = setTimeout(end, HEALS_WITHIN_MS);
    });
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.peer.close();
    this.release();
  }

  private release(): void {
    if (!this.resource) return;
    const headers = { Authorization: `Bearer ${this.options.token}` };
    void fetch(this.resource, { method: "DELETE", headers, keepalive: true }).catch(() => undefined);
    this.resource = undefined;
  }
}

export function gathered(peer: RTCPeerConnection): Promise<void> {
  return new Promise((resolve) => {
    if (peer.iceGatheringState === "complete") resolve();
    setTimeout(resolve, GATHER_AT_MOST_MS);
    peer.addEventListener("icegatheringstatechange", () => {
      if (peer.iceGatheringState === "complete") resolve();
    });
  });
}

function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("connect_timeout")), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
