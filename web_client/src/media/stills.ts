/** Two small JPEG pictures a second from a camera track. */
const WIDTH = 320;
const HEIGHT = 240;
const EVERY_MS = 500;
const QUALITY = 0.6;

/** Returns how to stop. A picture still being encoded holds the next one back, so they never pile up. */
export function takeStills(stream: MediaStream, taken: (jpeg: Uint8Array) => void): () => void {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  void video.play().catch(() => undefined);
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const pen = canvas.getContext("2d");
  let busy = false;
  const timer = setInterval(() => {
    if (busy || !pen || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    busy = true;
    pen.drawImage(video, 0, 0, WIDTH, HEIGHT);
    canvas.toBlob(
      (blob) => {
        void blob?.arrayBuffer().then((buffer) => taken(new Uint8Array(buffer)));
        busy = false;
      },
      "image/jpeg",
      QUALITY,
    );
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    video.srcObject = null;
  };
}
