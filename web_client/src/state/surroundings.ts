/** The browser's sockets, clock, chance and timers, in the shape the connection asks for. */
import type { SocketLike, Surroundings } from "../protocol/connection";

export const browserSurroundings: Surroundings = {
  openSocket: (url) => new WebSocket(url) as unknown as SocketLike,
  now: () => performance.now(),
  chance: () => Math.random(),
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};
