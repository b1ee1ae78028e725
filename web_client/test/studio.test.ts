import { afterEach, expect, test, vi } from "vitest";
import type { Archive } from "../src/media/archive";
import { Studio } from "../src/media/studio";

class FakeStream {
  private readonly tracks: FakeTrack[] = [];
  addTrack(track: FakeTrack): void {
    this.tracks.push(track);
  }
  getTracks(): FakeTrack[] {
    return this.tracks;
  }
  getVideoTracks(): FakeTrack[] {
    return this.tracks.filter(({ kind }) => kind === "video");
  }
  getAudioTracks(): FakeTrack[] {
    return this.tracks.filter(({ kind }) => kind === "audio");
  }
}

class FakeTrack extends EventTarget {
  readonly readyState = "live";
  readonly muted = false;
  constructor(readonly kind: "audio" | "video") {
    super();
  }
  stop(): void {}
}

interface Inside {
  publisher: { start: (stream: unknown) => Promise<void>; stop: () => void } | undefined;
}

/** A studio whose camera comes when `arrive` is called, and a publisher to be put into it. */
function studio() {
  let arrive: (stream: FakeStream) => void = () => undefined;
  vi.stubGlobal("MediaStream", FakeStream);
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia: () => new Promise<FakeStream>((resolve) => (arrive = resolve)) } });
  const archive = { wantsSound: false, store: { state: { deaf: false }, subscribe: () => undefined } } as unknown as Archive;
  const made = new Studio(false, archive, () => undefined);
  const start = vi.fn(() => Promise.resolve());
  const stream = new FakeStream();
  stream.addTrack(new FakeTrack("video"));
  return { made, inside: made as unknown as Inside, publisher: { start, stop: () => undefined }, start, comes: () => arrive(stream) };
}

afterEach(() => vi.unstubAllGlobals());

test("a camera that comes after publishing has begun is published too", async () => {
  const { made, inside, publisher, start, comes } = studio();
  const opening = made.open("camera");
  inside.publisher = publisher;
  comes();
  await opening;
  expect(made.store.state.camera).toEqual({ status: "ok" });
  expect(start).toHaveBeenCalledTimes(1);
});

test("one that comes before, or is opened again, is left to whoever publishes", async () => {
  const early = studio();
  const opening = early.made.open("camera");
  early.comes();
  await opening;
  expect(early.start).not.toHaveBeenCalled();

  const again = studio();
  again.inside.publisher = again.publisher;
  const reopening = again.made.open("camera");
  again.comes();
  await reopening;
  expect(again.start).not.toHaveBeenCalled();
});
