/** How loud the microphone is, drawn without asking the rest of the page to draw again. */
import { useEffect, useRef } from "preact/hooks";
import { meterShare } from "../../media/level";
import { meter } from "../../media/meter";
import { useText } from "./hooks";

interface LevelMeterProps {
  readonly stream: MediaStream;
  /** Changes when a track came or went. */
  readonly revision: number;
  readonly heard?: (levelDbfs: number, clipped: number) => void;
}

export function LevelMeter({ stream, revision, heard }: LevelMeterProps) {
  const { t } = useText();
  const bar = useRef<HTMLDivElement>(null);
  const tell = useRef(heard);
  tell.current = heard;
  useEffect(() => {
    if (stream.getAudioTracks().length === 0) return undefined;
    let shown = 0;
    return meter(new MediaStream(stream.getAudioTracks()), (levelDbfs, clipped) => {
      tell.current?.(levelDbfs, clipped);
      // Up at once, down slowly: a meter that flickers tells nothing.
      shown = Math.max(meterShare(levelDbfs), shown * 0.85);
      bar.current?.style.setProperty("transform", `scaleX(${shown.toFixed(3)})`);
    });
  }, [stream, revision]);
  return (
    <div class="meter" role="img" aria-label={t("level")} data-testid="level-meter">
      <div class="meter-bar" ref={bar} />
    </div>
  );
}
