/**
 * What to do with the next frame when the socket is behind. Bounded by the bytes the browser has not yet sent:
 * stills are dropped first (the next one is as good), audio never is; when even audio has piled up for a long
 * time, the connection is of no use and a new one is better. Drops are counted.
 */
export const STILLS_STOP_AT_BYTES = 48 * 1024;
export const HOPELESS_AT_BYTES = 512 * 1024;

export type Verdict = "send" | "drop" | "restart";

export class Outbox {
  sent = 0;
  droppedStills = 0;

  judge(isAudio: boolean, bufferedBytes: number): Verdict {
    if (bufferedBytes > HOPELESS_AT_BYTES) return "restart";
    if (!isAudio && bufferedBytes > STILLS_STOP_AT_BYTES) {
      this.droppedStills += 1;
      return "drop";
    }
    this.sent += 1;
    return "send";
  }
}
