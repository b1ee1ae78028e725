/** The binary frame of media over WebSocket (docs/reference/media-frames.md): 20 bytes, big-endian, then payload. */
export const FRAME_VERSION = 2;
export const HEADER_BYTES = 20;

export const FrameKind = { opus: 1, pcm: 2, jpeg: 3, vp8: 4, run: 5 } as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

export const LEVEL_UNKNOWN = 255;
const FLAG_KEY = 1;
const FLAG_LIVE = 2;

export interface MediaFrame {
  readonly kind: FrameKind;
  readonly key: boolean;
  /** To be heard now; else it only goes to its take. */
  readonly live: boolean;
  /** 0: it belongs to no take. */
  readonly take: number;
  /** In a take the packet's number; outside one it counts sound, and pictures, from 0 on each connection. */
  readonly n: number;
  /** Since the take began; outside a take, since this connection's media started. */
  readonly startMs: number;
  /** Of a packet; in a run, of each. */
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
  view.setUint16(2, (frame.key ? FLAG_KEY : 0) | (frame.live ? FLAG_LIVE : 0));
  view.setUint16(4, frame.take);
  view.setUint8(6, frame.level);
  view.setUint32(8, frame.n);
  view.setUint32(12, Math.round(frame.startMs));
  view.setUint16(16, Math.round(frame.durationMs));
  bytes.set(frame.payload, HEADER_BYTES);
  return bytes;
}

/** The payload of a run: consecutive Opus packets of one take, each after its size (u16). */
export function packRun(packets: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(packets.reduce((sum, packet) => sum + 2 + packet.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const packet of packets) {
    view.setUint16(at, packet.length);
    bytes.set(packet, at + 2);
    at += 2 + packet.length;
  }
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
