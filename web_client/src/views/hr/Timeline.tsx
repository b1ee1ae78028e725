/** What happened when, on the interview clock; newest first. Observations are told, never judged. */
import { clockText } from "../../state/countdown";
import type { TimelineEntry, WatchedState } from "../../state/watched";
import type { ServerMessage } from "../../protocol/generated";
import { lookUp } from "../../text/dictionary";
import { Blank } from "../parts/Controls";
import { type Speaking, useText } from "../parts/hooks";

export function Timeline({ watched }: { readonly watched: WatchedState }) {
  const words = useText();
  const entries = [...watched.timeline].reverse();
  return (
    <section class="card timeline" aria-label={words.t("hr_timeline")}>
      <h2>{words.t("hr_timeline")}</h2>
      <ol class="scroll" tabIndex={0} data-testid="hr-timeline">
        {entries.length === 0 && <Blank testId="hr-timeline-empty" title={words.t("hr_timeline_empty")} />}
        {entries.map((entry, i) => (
          <Entry key={entry.seq || `e${entries.length - i}`} entry={entry} words={words} />
        ))}
      </ol>
    </section>
  );
}

function Entry({ entry, words }: { readonly entry: TimelineEntry; readonly words: Speaking }) {
  return (
    <li data-kind={entry.message.type} class={`entry ${entry.message.type}`}>
      <time>{clockText(Math.floor(entry.atMs / 1000) * 1000)}</time>
      <span>{describe(entry.message, words)}</span>
    </li>
  );
}

function describe(message: ServerMessage, { t, language }: Speaking): string {
  const named = (key: string, otherwise: string): string => lookUp(language, key) ?? otherwise;
  switch (message.type) {
    case "phase_changed": {
      const question = message.question && !message.question.practice ? ` · ${message.question.index}/${message.question.total}` : "";
      const factor = message.time_factor === 1 ? "" : ` · ${message.time_factor === null ? t("hr_unlimited") : `×${message.time_factor}`}`;
      return t(`phase_name_${message.phase}`) + question + factor;
    }
    case "prompt_shown":
      return t("hr_prompted", { text: t(`prompt_${message.kind}`) });
    case "observed":
      return t("hr_observed", { kind: named(`seen_${message.kind}`, message.kind) });
    case "answer_closed":
      return t("hr_answer_closed", {
        reason: named(`hr_closed_${message.reason}`, message.reason),
        s: Math.round(message.duration_ms / 1000),
      });
    case "answer_settled": {
      const settled = t("hr_answer_settled", { state: t(`hr_transcript_${message.transcript}`), n: message.words });
      const missingMs = message.missing.reduce((sum, gap) => sum + gap.end_ms - gap.start_ms, 0);
      if (missingMs === 0) return settled;
      return `${settled} · ${t("hr_sound_missing", { s: (missingMs / 1000).toFixed(1) })}`;
    }
    case "human_requested":
      return t("hr_human_requested") + (message.note ? `: ${message.note}` : "");
    case "finished":
      return t("hr_finished", { n: message.answered, total: message.total });
    case "report_ready":
      return t("hr_report_ready");
    default:
      return message.type;
  }
}
