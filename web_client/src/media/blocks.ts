/** Microphone samples in blocks of 60 ms, mono, through an AudioWorklet. */
import workletUrl from "./block_worklet.js?url";

export const BLOCK_MS = 60;
const WANTED_HZ = 16_000;

export interface Block {
  readonly samples: Float32Array;
  /** By the system's clock. */
  readonly endedAtMs: number;
}

export interface BlockSource {
  readonly sampleRate: number;
  close(): void;
}

/**
 * At 16 kHz where the browser lets a microphone into such a context; Firefox may not, and then the blocks come
 * at the device's own rate. Raises what AudioContext raises.
 */
export async function openBlocks(stream: MediaStream, block: (block: Block) => void): Promise<BlockSource> {
  const { context, source } = connect(stream);
  await context.audioWorklet.addModule(workletUrl);
  const node = new AudioWorkletNode(context, "viva-blocks", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
  node.port.onmessage = (event: MessageEvent<Block>) => block(event.data);
  source.connect(node);
  const forgetGestures = resumeWhenAllowed(context);
  return {
    sampleRate: context.sampleRate,
    close: () => {
      forgetGestures();
      node.port.onmessage = null;
      source.disconnect();
      void context.close();
    },
  };
}

/** Reloaded, some browsers let sound run only after a click or a key; not awaited, since it may never come. */
function resumeWhenAllowed(context: AudioContext): () => void {
  const resume = (): void => void context.resume().catch(() => undefined);
  const gestures = ["pointerdown", "keydown"] as const;
  for (const gesture of gestures) document.addEventListener(gesture, resume);
  resume();
  return () => {
    for (const gesture of gestures) document.removeEventListener(gesture, resume);
  };
}

function connect(stream: MediaStream): { context: AudioContext; source: MediaStreamAudioSourceNode } {
  const context = new AudioContext({ sampleRate: WANTED_HZ });
  try {
    return { context, source: context.createMediaStreamSource(stream) };
  } catch {
    void context.close();
    const native = new AudioContext();
    return { context: native, source: native.createMediaStreamSource(stream) };
  }
}

/** To 16 kHz by averaging each output sample's span of input: a crude low-pass, good enough for speech. */
export function to16kHz(samples: Float32Array, sampleRate: number): Float32Array {
  if (sampleRate === WANTED_HZ) return samples;
  const length = Math.round((samples.length * WANTED_HZ) / sampleRate);
  const step = samples.length / length;
  return Float32Array.from({ length }, (_, i) => {
    const from = Math.floor(i * step);
    const to = Math.max(from + 1, Math.floor((i + 1) * step));
    let sum = 0;
    for (let k = from; k < to; k += 1) sum += samples[k] ?? 0;
    return sum / (to - from);
  });
}
