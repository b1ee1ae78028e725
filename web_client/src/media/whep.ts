/** HR watches: the candidate's media forwarded over WebRTC (WHEP). */
import type { Ways } from "../protocol/rest";
import { gathered } from "./whip";

export interface Watching {
  readonly stream: MediaStream;
  close(): void;
}

const FIRST_PICTURE_WITHIN_MS = 5_000;

/** Raises when nothing is playing within 5 s; the caller then shows stills. `lost` is called once, later. */
export async function watchWhep(url: string, token: string, ways: Ways, lost: () => void): Promise<Watching> {
  const peer = new RTCPeerConnection({ iceServers: [...ways.ice_servers], iceTransportPolicy: ways.ice_policy });
  const stream = new MediaStream();
  const authorization = { Authorization: `Bearer ${token}` };
  let resource: string | undefined;
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    peer.close();
    if (resource) void fetch(resource, { method: "DELETE", headers: authorization }).catch(() => undefined);
  };
  try {
    peer.addTransceiver("audio", { direction: "recvonly" });
    peer.addTransceiver("video", { direction: "recvonly" });
    peer.ontrack = ({ track }) => stream.addTrack(track);
    const connected = connection(peer);
    connected.catch(() => undefined);
    await peer.setLocalDescription(await peer.createOffer());
    await gathered(peer);
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/sdp", ...authorization },
      body: peer.localDescription?.sdp ?? "",
    });
    if (!response.ok) throw new Error(`whep_${response.status}`);
    const location = response.headers.get("Location");
    if (location) resource = new URL(location, response.url).href;
    await peer.setRemoteDescription({ type: "answer", sdp: await response.text() });
    await connected;
  } catch (error) {
    close();
    throw error;
  }
  peer.addEventListener("connectionstatechange", () => {
    if (closed || peer.connectionState === "connected") return;
    close();
    lost();
  });
  return { stream, close };
}

function connection(peer: RTCPeerConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("whep_timeout")), FIRST_PICTURE_WITHIN_MS);
    peer.addEventListener("connectionstatechange", () => {
      if (peer.connectionState === "connected") resolve();
      if (peer.connectionState === "failed") reject(new Error("ice_failed"));
    });
  });
}
