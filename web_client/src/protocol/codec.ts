/** Text frames to typed messages and back. The only place that knows the wire is JSON. */
import type { CandidateMessage, Envelope, HrMessage } from "./generated";

export type Language = "zh" | "en";

/** Undefined for anything that is not an envelope: a frame from a newer server must not end an interview. */
export function decodeEnvelope(data: string): Envelope | undefined {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { seq, at_ms, message } = value as Record<string, unknown>;
  if (typeof seq !== "number" || typeof at_ms !== "number") return undefined;
  if (typeof message !== "object" || message === null || !("type" in message)) return undefined;
  return value as Envelope;
}

export function encode(message: CandidateMessage | HrMessage): string {
  return JSON.stringify(message);
}
