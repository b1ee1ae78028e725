/** The rules as a short animation in five scenes. Can be paused, skipped, read at once; still with reduced motion. */
import { useEffect, useState } from "preact/hooks";
import type { Interview } from "../../state/interview";
import { Button, Title } from "../parts/Controls";
import { useText } from "../parts/hooks";
import { Steps } from "./Frame";

const SCENES = ["think", "answer", "pause", "grace", "fair"] as const;
const SCENE_MS = 4_500;

export function Guide({ interview }: { readonly interview: Interview }) {
  const { t } = useText();
  const [scene, setScene] = useState(0);
  const [playing, setPlaying] = useState(() => !matchMedia("(prefers-reduced-motion: reduce)").matches);
  useEffect(() => {
    if (!playing) return undefined;
    const timer = setTimeout(() => setScene((scene + 1) % SCENES.length), SCENE_MS);
    return () => clearTimeout(timer);
  }, [scene, playing]);
  const shown = SCENES[scene] ?? "think";
  return (
    <section class="card" data-testid="guide-page">
      <Steps phase="guide" />
      <Title lead={t("guide_once")}>{t("guide_title")}</Title>
      <div class="guide">
        <div class={`stage ${playing ? "" : "still"}`}>
          <Picture scene={shown} key={shown} />
          <div class="stage-controls">
            <Button testId="guide-toggle" look="quiet" onClick={() => setPlaying(!playing)}>
              {playing ? "❚❚" : "▶"} {t(playing ? "guide_pause_animation" : "guide_play_animation")}
            </Button>
            <span class="hint">{t("guide_scene", { n: scene + 1, total: SCENES.length })}</span>
          </div>
        </div>
        <ol class="rules">
          {SCENES.map((name, i) => (
            <li key={name} class={name === shown ? "now" : ""}>
              <button type="button" data-testid={`guide-${name}`} aria-current={name === shown} onClick={() => setScene(i)}>
                <strong>{t(`guide_${name}`)}</strong>
                <span>{t(`guide_${name}_text`)}</span>
              </button>
            </li>
          ))}
        </ol>
      </div>
      <div class="actions end">
        <Button testId="guide-continue" look="primary" large onClick={() => interview.proceed("guide")}>
          {t("guide_start")}
        </Button>
      </div>
    </section>
  );
}

function Picture({ scene }: { readonly scene: (typeof SCENES)[number] }) {
  return (
    <svg class={`scene scene-${scene}`} viewBox="0 0 320 200" aria-hidden="true">
      {scene === "think" && (
        <>
          <circle class="s-track" cx="160" cy="100" r="58" />
          <circle class="s-ring" cx="160" cy="100" r="58" pathLength="100" />
          <path class="s-line" d="M146 88a14 14 0 1 1 18 14c-4 2-4 5-4 9" />
          <circle class="s-fill" cx="160" cy="124" r="3.5" />
        </>
      )}
      {scene === "answer" && (
        <>
          <g class="s-voice">
            {[0, 1, 2, 3, 4, 5, 6].map((i) => (
              <rect key={i} class="s-bar" x={58 + i * 14} y="70" width="7" height="60" rx="3.5" style={{ animationDelay: `${i * 110}ms` }} />
            ))}
          </g>
          <path class="s-line" d="M172 92h22m-7-7l7 7-7 7M194 112h-22m7-7l-7 7 7 7" />
          <g class="s-text">
            <rect class="s-paper" x="210" y="62" width="66" height="78" rx="8" />
            {[0, 1, 2].map((i) => (
              <path key={i} class="s-typed" d={`M222 ${84 + i * 17}h42`} pathLength="100" style={{ animationDelay: `${i * 600}ms` }} />
            ))}
          </g>
        </>
      )}
      {scene === "pause" && (
        <g>
          {[...Array(17).keys()].map((i) => {
            const height = i > 5 && i < 11 ? 4 : 18 + ((i * 37) % 46);
            return <rect key={i} class={i > 5 && i < 11 ? "s-quiet" : "s-fill"} x={44 + i * 14} y={100 - height / 2} width="7" height={height} rx="3" />;
          })}
          <rect class="s-playhead" x="40" y="54" width="2" height="92" />
        </g>
      )}
      {scene === "grace" && (
        <>
          <path class="s-track" d="M48 100h224" />
          <path class="s-sentence" d="M48 100h224" pathLength="100" />
          <path class="s-mark" d="M216 66v68" />
          <rect class="s-tail" x="216" y="88" width="56" height="24" rx="6" />
        </>
      )}
      {scene === "fair" && (
        <>
          <rect class="s-paper" x="96" y="48" width="128" height="104" rx="10" />
          <path class="s-line" d="M96 72h128" />
          <circle class="s-fill" cx="110" cy="60" r="3.5" />
          <path class="s-line" d="M132 98h60M132 118h40" />
          <path class="s-check" d="M114 96l4 4 7-8M114 116l4 4 7-8" pathLength="100" />
        </>
      )}
    </svg>
  );
}
