/** The binary frame of media over WebSocket (docs/reference/media-frames.md): 16 bytes, big-endian, then payload. */
export const FRAME_VERSION = 1;
export const HEADER_BYTES = 16;

export const FrameKind = { opus: 1, pcm: 2, jpeg: 3, vp8: 4 } as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

export const LEVEL_UNKNOWN = 255;
const FLAG_KEY = 1;

export interface MediaFrame {
  readonly kind: FrameKind;
  readonly key: boolean;
  /** Counts from 1 within one connection. */
  readonly seq: number;
  /** Since this connection's media started. */
  readonly startMs: number;
  readonly durationMs: number;
  /** 0..127 is -dBov as in RFC 6464; 255 unknown. */
  readonly level: number;
  readonly payload: Uint8Array;
}

export function encodeFrame(frame: MediaFrame): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + frame.payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, FRAME_VERSION);
  view.setUint8(1, frame.kind);
  view.setUint16(2, frame.key ? FLAG_KEY : 0);
  view.setUint32(4, frame.seq);
  view.setUint32(8, Math.round(frame.startMs));
  view.setUint16(12, Math.round(frame.durationMs));
  view.setUint8(14, frame.level);
  bytes.set(frame.payload, HEADER_BYTES);
  return bytes;
}

/** Float samples -1..1 as little-endian signed 16 bit. */
export function pcm16(samples: Float32Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2);
  const view = new DataView(bytes.buffer);
  samples.forEach((sample, i) => {
    const bounded = Math.max(-1, Math.min(1, sample));
    view.setInt16(i * 2, Math.round(bounded * 32767), true);
  });
  return bytes;
}
