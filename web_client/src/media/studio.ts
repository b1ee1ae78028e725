/**
 * The candidate's microphone and camera from the first permission to the last stop, and the connection that
 * carries them. One per page. Views read `store`; nothing here knows about the interview.
 */
import { Store } from "../state/store";
import { audioConstraints, type DeviceState, openTrack, troubleOf, videoConstraints } from "./devices";
import { type MediaLink, type MediaPlan, Publisher } from "./publisher";

export interface StudioState {
  readonly microphone: DeviceState;
  readonly camera: DeviceState;
  readonly link: MediaLink;
  /** Grows when a track came or went, so that views look at `stream` again. */
  readonly revision: number;
}

export type DeviceKind = "microphone" | "camera";
/** A device that has not started by then is reported as slow; should it come later, it is welcome. */
const SLOW_AFTER_MS = 10_000;

const EMPTY: StudioState = { microphone: { status: "off" }, camera: { status: "off" }, link: "off", revision: 0 };

export class Studio {
  readonly store = new Store<StudioState, Partial<StudioState>>(EMPTY, (state, change) => ({ ...state, ...change }));
  readonly stream = new MediaStream();
  private publisher: Publisher | undefined;
  private readonly runs = { microphone: 0, camera: 0 };

  /** `raw` turns the browser's voice processing off. `lost`: a device that worked has stopped. */
  constructor(
    private readonly raw: boolean,
    private readonly lost: (device: DeviceKind) => void,
  ) {}

  async open(device: DeviceKind): Promise<void> {
    const run = ++this.runs[device];
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
    this.publisher = new Publisher(plan, (link) => this.store.dispatch({ link }));
    await this.publisher.start(this.stream);
  }

  /** A new connection of the interview begins a new epoch; media of the old one would be thrown away. */
  async republish(): Promise<void> {
    await this.publisher?.start(this.stream);
  }

  stopPublishing(): void {
    this.publisher?.stop();
    this.publisher = undefined;
  }

  /** Camera light off. */
  stop(): void {
    this.stopPublishing();
    this.giveUp("microphone");
    this.giveUp("camera");
  }

  private add(device: DeviceKind, track: MediaStreamTrack): void {
    this.stream.addTrack(track);
    track.addEventListener("ended", () => {
      this.stream.removeTrack(track);
      this.set(device, { status: "trouble", trouble: "failed" });
      this.lost(device);
    });
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
