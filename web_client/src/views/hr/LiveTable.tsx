/** Every interview that is in progress. */
import type { LiveInterview, Phase } from "../../protocol/generated";
import { type Hr, upToDate } from "../../state/hr";
import { Badge, Blank, Button, Title, type Tone } from "../parts/Controls";
import { useStore, useText } from "../parts/hooks";
import { CaptionsBadge } from "./CaptionsBadge";
import type { Go } from "./HrPage";
import { PresenceBadge } from "./PresenceBadge";

export function LiveTable({ hr, go }: { readonly hr: Hr; readonly go: Go }) {
  const { t } = useText();
  const state = useStore(hr.store);
  const { live } = state;
  return (
    <section class="card" data-testid="hr-live">
      <Title>{t("hr_live")}</Title>
      {live && !upToDate(state) && (
        <p class="notice warm" role="status" data-testid="hr-list-lost">
          {t("hr_list_lost")}
        </p>
      )}
      {!live && <Blank testId="hr-live-loading" title={t("loading")} />}
      {live?.length === 0 && (
        <Blank testId="hr-live-empty" title={t("hr_live_empty")} hint={t("hr_live_empty_hint")}>
          <Button testId="hr-live-invite" look="primary" onClick={() => go({ name: "invite" })}>
            {t("hr_invite")}
          </Button>
        </Blank>
      )}
      {live && live.length > 0 && <Table live={live} go={go} />}
    </section>
  );
}

function Table({ live, go }: { readonly live: readonly LiveInterview[]; readonly go: Go }) {
  const { t } = useText();
  return (
    <div class="table-box">
      <table>
        <thead>
          <tr>
            <th>{t("hr_applicant")}</th>
            <th>{t("hr_position")}</th>
            <th>{t("hr_state")}</th>
            <th>{t("hr_question")}</th>
            <th>{t("hr_since")}</th>
            <th>{t("hr_media")}</th>
            <th>
              <span class="unseen">{t("hr_actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {live.map((interview) => (
            <Row key={interview.interview_id} interview={interview} go={go} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function phaseTone(phase: Phase): Tone {
  if (phase === "answering" || phase === "grace") return "good";
  if (phase === "interrupted" || phase === "expired") return "bad";
  if (phase === "paused" || phase === "human_requested" || phase === "withdrawn") return "fair";
  return phase === "reading" || phase === "thinking" ? "accent" : "still";
}

export function timeOfDay(iso: string, language: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.valueOf()) ? "–" : date.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
}

function Row({ interview, go }: { readonly interview: LiveInterview; readonly go: Go }) {
  const { t, say, language } = useText();
  const { report_id: reportId } = interview;
  return (
    <tr data-testid="hr-row" data-interview={interview.interview_id} data-phase={interview.phase}>
      <td>
        <strong>{interview.applicant_name}</strong>
      </td>
      <td>{say(interview.position)}</td>
      <td>
        <span class="badges">
          <Badge tone={phaseTone(interview.phase)}>{t(`phase_name_${interview.phase}`)}</Badge>
          <CaptionsBadge state={interview.captions} />
          {interview.human_requested && <Badge tone="fair">{t("hr_human_requested")}</Badge>}
        </span>
      </td>
      <td class="number">
        {interview.question_index} / {interview.question_total}
      </td>
      <td class="number">{timeOfDay(interview.started_at, language)}</td>
      <td>
        <PresenceBadge state={interview.presence} />
      </td>
      <td class="row-actions">
        {reportId && (
          <Button testId="hr-row-report" onClick={() => go({ name: "report", id: reportId })}>
            {t("hr_open_report")}
          </Button>
        )}
        <Button testId="hr-watch" look={reportId ? "quiet" : "primary"} onClick={() => go({ name: "interview", id: interview.interview_id })}>
          {t("hr_watch")}
        </Button>
      </td>
    </tr>
  );
}
