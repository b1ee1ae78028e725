/** The browser's sockets, clocks, chance, timers and storage, in the shape that connections and the archive ask for. */
import type { ArchiveSurroundings } from "../media/archive";
import type { BinarySocket } from "../media/media_socket";
import { openTakeDatabase } from "../media/take_database";
import type { SocketLike, Surroundings } from "../protocol/connection";

export const browserSurroundings: Surroundings & ArchiveSurroundings = {
  openSocket: (url) => new WebSocket(url) as unknown as SocketLike,
  openMediaSocket: (url) => new WebSocket(url) as unknown as BinarySocket,
  openStore: (interviewId) => openTakeDatabase(interviewId, Date.now()),
  now: () => performance.now(),
  wallClock: () => Date.now(),
  chance: () => Math.random(),
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};
