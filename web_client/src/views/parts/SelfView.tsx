import { useEffect, useRef } from "preact/hooks";

interface SelfViewProps {
  readonly stream: MediaStream;
  readonly revision: number;
  readonly label: string;
  readonly testId: string;
}

/** The candidate's own picture, mirrored, as people know it. */
export function SelfView({ stream, revision, label, testId }: SelfViewProps) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (!element) return undefined;
    element.srcObject = new MediaStream(stream.getVideoTracks());
    void element.play().catch(() => undefined);
    return () => {
      element.srcObject = null;
    };
  }, [stream, revision]);
  return <video ref={video} class="self-view" data-testid={testId} aria-label={label} muted playsInline autoPlay />;
}
