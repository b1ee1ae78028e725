/** The one encoder for sound that does not travel as RTP: Opus packets of 60 ms from WebCodecs. */
import { BLOCK_MS } from "./blocks";

const OPUS_BITS_PER_S = 24_000;

/** Undefined where WebCodecs cannot make Opus; samples go out as they are then. */
export async function openEncoder(
  sampleRate: number,
  packet: (chunk: EncodedAudioChunk) => void,
  failed: () => void,
): Promise<AudioEncoder | undefined> {
  if (typeof AudioEncoder === "undefined") return undefined;
  const config: AudioEncoderConfig = {
    codec: "opus",
    sampleRate,
    numberOfChannels: 1,
    bitrate: OPUS_BITS_PER_S,
    opus: { frameDuration: BLOCK_MS * 1000 },
  };
  const support = await AudioEncoder.isConfigSupported(config).catch(() => undefined);
  if (!support?.supported) return undefined;
  const encoder = new AudioEncoder({ output: packet, error: failed });
  encoder.configure(config);
  return encoder;
}
