/**
 * The candidate's microphone and camera from the first permission to the last stop, and the connection that
 * carries them. One per page. Views read `store`; nothing here knows about the interview.
 */
import { Store } from "../state/store";
import { audioConstraints, type DeviceState, openTrack, troubleOf, videoConstraints } from "./devices";
import type { Archive } from "./archive";
import { SilenceWatch } from "./level";
import { type MediaLink, type MediaPlan, Publisher } from "./publisher";
import { publishSocket } from "./socket";
import { Voice } from "./voice";

export interface StudioState {
  readonly microphone: DeviceState;
  readonly camera: DeviceState;
  readonly link: MediaLink;
  /** What is wrong with the sound although the microphone is there: the system mutes it, or it gives nothing at all. */
  readonly unheard: "muted" | "silent" | undefined;
  /** Grows when a track came or went, so that views look at `stream` again. */
  readonly revision: number;
}

export type DeviceKind = "microphone" | "camera";
/** A device that has not started by then is reported as slow; should it come later, it is welcome. */
const SLOW_AFTER_MS = 10_000;

const EMPTY: StudioState = { microphone: { status: "off" }, camera: { status: "off" }, link: "off", unheard: undefined, revision: 0 };

export class Studio {
  readonly store = new Store<StudioState, Partial<StudioState>>(EMPTY, (state, change) => ({ ...state, ...change }));
  readonly stream = new MediaStream();
  readonly voice: Voice;
  private publisher: Publisher | undefined;
  private hearing: Promise<void> = Promise.resolve();
  private heardTrack: MediaStreamTrack | undefined;
  private readonly silence = new SilenceWatch();
  private readonly runs = { microphone: 0, camera: 0 };

  /** `raw` turns the browser's voice processing off. `lost`: a device that worked has stopped. */
  constructor(
    private readonly raw: boolean,
    private readonly archive: Archive,
    private readonly lost: (device: DeviceKind) => void,
  ) {
    this.voice = new Voice({
      // What a muted microphone gives is no sound: it becomes a pause, not silence.
      wants: () => archive.wantsSound && !this.muted,
      packet: (packet) => {
        archive.hear(packet);
        this.silence.push(packet.level, packet.durationMs);
        this.look();
      },
    });
    let deaf = false;
    archive.store.subscribe(() => {
      const wasDeaf = deaf;
      deaf = archive.store.state.deaf;
      if (deaf && !wasDeaf && !this.muted) this.listenAnew();
    });
  }

  async open(device: DeviceKind): Promise<void> {
    const run = ++this.runs[device];
    const before = this.publisher;
    this.remove(device);
    this.set(device, { status: "waiting" });
    const slow = setTimeout(() => {
      if (run === this.runs[device]) this.set(device, { status: "trouble", trouble: "slow" });
    }, SLOW_AFTER_MS);
    try {
      const track = await openTrack(device === "camera" ? { video: videoConstraints() } : { audio: audioConstraints(this.raw) });
      if (run !== this.runs[device]) {
        track.stop();
        return;
      }
      this.add(device, track);
      // Publishing began while it was on its way: what is published does not have it.
      if (this.publisher && this.publisher !== before) void this.republish();
    } catch (error) {
      if (run === this.runs[device]) this.set(device, { status: "trouble", trouble: troubleOf(error) });
    } finally {
      clearTimeout(slow);
    }
  }

  /** Goes on without it; a track still on its way is stopped when it comes. */
  giveUp(device: DeviceKind): void {
    this.runs[device] += 1;
    this.remove(device);
    this.set(device, { status: "off" });
  }

  get hasTracks(): boolean {
    return this.stream.getTracks().some((track) => track.readyState === "live");
  }

  /** Resolves when media flow, or when the first attempt has failed. */
  async publish(plan: MediaPlan): Promise<void> {
    this.publisher?.stop();
    this.listen();
    const road = async (stream: MediaStream, changed: (up: boolean) => void) => {
      await this.hearing;
      return publishSocket(stream, this.archive, changed);
    };
    this.publisher = new Publisher(plan, road, (link) => this.store.dispatch({ link }));
    await this.publisher.start(this.stream);
  }

  /** A new connection of the interview begins a new epoch; media of the old one would be thrown away. */
  async republish(): Promise<void> {
    this.listen();
    await this.publisher?.start(this.stream);
  }

  stopPublishing(): void {
    this.publisher?.stop();
    this.publisher = undefined;
    this.voice.stop();
    this.heardTrack = undefined;
  }

  /** Camera light off. */
  stop(): void {
    this.stopPublishing();
    this.giveUp("microphone");
    this.giveUp("camera");
  }

  /** Blocks of the microphone that is there now; one that goes on is not interrupted. */
  private listen(): void {
    const [track] = this.stream.getAudioTracks();
    if (track === this.heardTrack) return;
    this.heardTrack = track;
    this.hearing = this.voice.start(this.stream);
    // Told where it matters: without these blocks there is no road but WebRTC.
    this.hearing.catch(() => undefined);
  }

  private listenAnew(): void {
    this.heardTrack = undefined;
    this.listen();
  }

  private get muted(): boolean {
    return this.stream.getAudioTracks()[0]?.muted === true;
  }

  private look(): void {
    const unheard = this.muted ? "muted" : this.silence.silent ? "silent" : undefined;
    if (unheard !== this.store.state.unheard) this.store.dispatch({ unheard });
  }

  private add(device: DeviceKind, track: MediaStreamTrack): void {
    this.stream.addTrack(track);
    track.addEventListener("ended", () => {
      this.stream.removeTrack(track);
      // A dead track goes on as zeros, which would be recorded as silence.
      if (device === "microphone") this.listenAnew();
      this.set(device, { status: "trouble", trouble: "failed" });
      this.lost(device);
    });
    if (device === "microphone") for (const event of ["mute", "unmute"]) track.addEventListener(event, () => this.look());
    this.silence.reset();
    this.set(device, { status: "ok" });
  }

  private remove(device: DeviceKind): void {
    const tracks = device === "camera" ? this.stream.getVideoTracks() : this.stream.getAudioTracks();
    for (const track of tracks) {
      track.stop();
      this.stream.removeTrack(track);
    }
  }

  private set(device: DeviceKind, state: DeviceState): void {
    const revision = this.store.state.revision + 1;
    this.store.dispatch(device === "camera" ? { camera: state, revision } : { microphone: state, revision });
  }
}
