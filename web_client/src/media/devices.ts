/** Microphone and camera: asking for them, and saying in one word why one did not come. */
import type { ReportDevices } from "../protocol/generated";

export type Trouble = "denied" | "absent" | "in_use" | "slow" | "unsupported" | "failed";
export type DeviceState =
  | { readonly status: "off" }
  | { readonly status: "waiting" }
  | { readonly status: "ok" }
  | { readonly status: "trouble"; readonly trouble: Trouble };

/** Names from the Media Capture specification, section 10.2. */
export function troubleOf(error: unknown): Trouble {
  const name = typeof error === "object" && error !== null && "name" in error ? error.name : undefined;
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "absent";
    case "NotReadableError":
    case "AbortError":
      return "in_use";
    case "NotSupportedError":
    case "TypeError":
      return "unsupported";
    default:
      return "failed";
  }
}

export function reported(state: DeviceState): ReportDevices["microphone"] {
  if (state.status === "ok") return "ok";
  if (state.status === "off") return "absent";
  if (state.status === "waiting") return "failed";
  return state.trouble === "denied" || state.trouble === "absent" ? state.trouble : "failed";
}

/** `raw`: the microphone as it is, for tests that compare what was sent with what was heard. */
export function audioConstraints(raw: boolean, deviceId?: string): MediaTrackConstraints {
  const on = !raw;
  const constraints: MediaTrackConstraints = { echoCancellation: on, noiseSuppression: on, autoGainControl: on, channelCount: 1 };
  return deviceId ? { ...constraints, deviceId: { exact: deviceId } } : constraints;
}

export function videoConstraints(deviceId?: string): MediaTrackConstraints {
  const constraints: MediaTrackConstraints = {
    width: { ideal: 320 },
    height: { ideal: 240 },
    frameRate: { ideal: 10 },
    facingMode: "user",
  };
  return deviceId ? { ...constraints, deviceId: { exact: deviceId } } : constraints;
}

/** Raises a DOMException (`troubleOf` puts it into one word). May take as long as the person needs to decide. */
export async function openTrack(constraints: MediaStreamConstraints): Promise<MediaStreamTrack> {
  if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("no media devices", "NotSupportedError");
  const stream = await navigator.mediaDevices.getUserMedia(constraints);
  const track = stream.getTracks()[0];
  if (!track) throw new DOMException("no track", "NotFoundError");
  return track;
}
