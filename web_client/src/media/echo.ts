/** Three seconds of the microphone, to be played back: the one check that a person believes. */
export const RECORD_MS = 3_000;

/** Resolves to an object URL of the recording; the caller revokes it. Raises where the browser cannot record. */
export function recordEcho(stream: MediaStream): Promise<string> {
  return new Promise((resolve, reject) => {
    const recorder = new MediaRecorder(new MediaStream(stream.getAudioTracks()));
    const parts: Blob[] = [];
    recorder.ondataavailable = (event) => parts.push(event.data);
    recorder.onerror = () => reject(new Error("recorder"));
    recorder.onstop = () => resolve(URL.createObjectURL(new Blob(parts, { type: recorder.mimeType })));
    recorder.start();
    setTimeout(() => recorder.stop(), RECORD_MS);
  });
}
