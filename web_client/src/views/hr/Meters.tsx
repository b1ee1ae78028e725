/** Level, voice and face, each only when the server sends it: law and consent decide that, not this page. */
import { meterShare } from "../../media/level";
import type { WatchedState } from "../../state/watched";
import { useText } from "../parts/hooks";

export function Meters({ watched }: { readonly watched: WatchedState }) {
  const { t } = useText();
  const { level, voice, face } = watched;
  return (
    <>
      {level && (
        <div class="meter" role="img" aria-label={t("level")} data-testid="hr-level">
          <div class={`meter-bar${level.speaking ? "" : " idle"}`} style={{ transform: `scaleX(${meterShare(level.dbfs)})` }} />
        </div>
      )}
      {voice && (
        <dl class="figures" data-testid="hr-voice" aria-label={t("hr_voice")}>
          <Figure name={t("hr_pace")} value={known(voice.pace_per_minute, (n) => t("hr_per_minute", { n }))} />
          <Figure name={t("hr_pitch")} value={known(voice.pitch_hz, (n) => `${n} Hz`)} />
          <Figure name={t("hr_loudness")} value={`${Math.round(voice.loudness_dbfs)} dBFS`} />
          <Figure name={t("hr_pause_share")} value={percent(voice.pause_share)} />
        </dl>
      )}
      {face && (
        <div data-testid="hr-face">
          <dl class="figures" aria-label={t("hr_face")}>
            <Figure name={t("hr_smile")} value={percent(face.smile)} />
            <Figure name={t("hr_brow")} value={percent(face.brow_raise)} />
            <Figure name={t("hr_eyes")} value={percent(face.eye_openness)} />
            <Figure name={t("hr_gaze")} value={percent(face.gaze_on_screen)} />
            <Figure name={t("hr_head")} value={`${Math.round(face.yaw_deg)}° ${Math.round(face.pitch_deg)}° ${Math.round(face.roll_deg)}°`} />
          </dl>
          <p class="hint small">{t("hr_face_note")}</p>
        </div>
      )}
    </>
  );
}

/** 0 means that nothing was measured: a voice without a pitch, a language without words yet. */
const known = (value: number, say: (rounded: number) => string): string => (value > 0 ? say(Math.round(value)) : "–");
const percent = (share: number): string => `${Math.round(share * 100)} %`;

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
