/** The loudness of a stream, several times a second, for meters and for the device check. */
import { clippedShare, dbfs } from "./level";

const EVERY_MS = 80;

/** `clipped`: the share of samples that touch the limit. Returns how to stop. */
export function meter(stream: MediaStream, heard: (levelDbfs: number, clipped: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 2048;
  context.createMediaStreamSource(stream).connect(analyser);
  if (context.state === "suspended") void context.resume().catch(() => undefined);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    heard(dbfs(samples), clippedShare(samples));
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}
