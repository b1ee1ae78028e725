/** Live media on the archive's road, where WebRTC cannot be had: its sound is live as well, and stills join it. */
import type { Archive } from "./archive";
import { takeStills } from "./stills";
import type { MediaTransport } from "./transport";

const OPEN_WITHIN_MS = 8_000;

/** Raises when the road does not open in time. `changed`: it is up, or down and coming back by itself. */
export async function publishSocket(stream: MediaStream, archive: Archive, changed: (up: boolean) => void): Promise<MediaTransport> {
  archive.carryLive(true);
  try {
    await opened(archive);
  } catch (error) {
    archive.carryLive(false);
    throw error;
  }
  const hasPicture = stream.getVideoTracks().length > 0;
  const stopStills = hasPicture ? takeStills(stream, (jpeg) => archive.feed.still(jpeg)) : () => undefined;
  const forget = archive.store.subscribe(() => changed(archive.store.state.link === "open"));
  return {
    kind: "websocket",
    close: () => {
      forget();
      stopStills();
      archive.carryLive(false);
    },
  };
}

function opened(archive: Archive): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (archive.store.state.link !== "open") return;
      done();
      resolve();
    };
    const timer = setTimeout(() => {
      done();
      reject(new Error("media_socket"));
    }, OPEN_WITHIN_MS);
    const forget = archive.store.subscribe(look);
    const done = (): void => {
      clearTimeout(timer);
      forget();
    };
    look();
  });
}
