/** What both ways of sending media look like to the rest of the page. */
export interface MediaTransport {
  readonly kind: "webrtc" | "websocket";
  close(): void;
}

/** Called once, when a transport that worked has stopped working. */
export type Lost = (reason: string) => void;
