/** The candidate live where that works, else stills; and live again as soon as it works again. */
import type { Watching } from "./whep";

export const LIVE_AGAIN_AFTER_MS = 10_000;

export type Picture =
  | { readonly way: "connecting" | "stills" }
  | { readonly way: "live"; readonly watching: Watching };

/**
 * `watch` connects, and says once when what it gave is lost; it raises when there is nothing to see in time. Call what
 * this returns to end it.
 */
export function followLive(watch: (lost: () => void) => Promise<Watching>, show: (picture: Picture) => void): () => void {
  let gone = false;
  let open: Watching | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  const toStills = (): void => {
    open = undefined;
    if (gone) return;
    show({ way: "stills" });
    again = setTimeout(() => void connect(), LIVE_AGAIN_AFTER_MS);
  };
  const connect = async (): Promise<void> => {
    try {
      const watching = await watch(toStills);
      if (gone) return watching.close();
      open = watching;
      show({ way: "live", watching });
    } catch {
      toStills();
    }
  };
  void connect();
  return () => {
    gone = true;
    clearTimeout(again);
    open?.close();
  };
}
