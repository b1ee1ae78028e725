/** One interview, live: picture, words, what happened when, and what HR may do. */
import { useEffect } from "preact/hooks";
import type { LiveInterview, QualityState } from "../../protocol/generated";
import { type Hr, upToDate } from "../../state/hr";
import { recordingsOf, type WatchedState } from "../../state/watched";
import { Badge, Blank, Button, Title } from "../parts/Controls";
import { useStore, useText } from "../parts/hooks";
import { Ring } from "../parts/Ring";
import { Actions } from "./Actions";
import { CaptionsBadge } from "./CaptionsBadge";
import type { Go } from "./HrPage";
import { LivePicture } from "./LivePicture";
import { phaseTone } from "./LiveTable";
import { Meters } from "./Meters";
import { Timeline } from "./Timeline";
import { Transcript } from "./Transcript";
import { PresenceBadge } from "./PresenceBadge";

export function WatchView({ hr, interviewId, go }: { readonly hr: Hr; readonly interviewId: string; readonly go: Go }) {
  const { t, say } = useText();
  const state = useStore(hr.store);
  const { live, watched, complaint } = state;
  const fresh = upToDate(state);
  useEffect(() => {
    hr.watch(interviewId);
    return () => hr.unwatch();
  }, [interviewId]);
  const row = live?.find((interview) => interview.interview_id === interviewId);
  const reportId = watched?.reportId ?? row?.report_id;
  return (
    <div class="watch" data-testid="hr-interview" data-phase={watched?.phase?.phase}>
      <div class="watch-head">
        <Button testId="hr-back" look="quiet" onClick={() => go({ name: "live" })}>
          ← {t("hr_back")}
        </Button>
        <Title {...(row ? { lead: say(row.position) } : {})}>{row?.applicant_name ?? interviewId}</Title>
        {watched && fresh && <Badges watched={watched} row={row} />}
        {watched && !fresh && (
          <p class="badges">
            <PresenceBadge state="unknown" />
          </p>
        )}
        {reportId && (
          <Button testId="hr-open-report" look="primary" onClick={() => go({ name: "report", id: reportId })}>
            {t("hr_open_report")}
          </Button>
        )}
      </div>
      {watched?.phase && !fresh && (
        <p class="notice warm" role="status" data-testid="hr-watch-lost">
          {t("hr_watch_lost")}
        </p>
      )}
      {complaint && (
        <p class="notice warm" role="alert" data-testid="hr-complaint">
          <span>
            {say(complaint.message)} <code>{complaint.code}</code>
          </span>
        </p>
      )}
      {watched?.phase ? (
        <div class="watch-grid">
          <div class="watch-left">
            <section class="card">
              <LivePicture
                hr={hr}
                interviewId={interviewId}
                fresh={fresh}
                transport={transportOf(watched, row)}
              />
              <div class="watch-now">
                <Ring timer={watched.phase.timer} clock={watched.clock} announces={false} />
                <p>
                  <Badge tone={phaseTone(watched.phase.phase)} testId="hr-phase">
                    {t(`phase_name_${watched.phase.phase}`)}
                  </Badge>
                  {watched.phase.question && !watched.phase.question.practice && (
                    <span>{t("question_n", { n: watched.phase.question.index, total: watched.phase.question.total })}</span>
                  )}
                </p>
              </div>
              <Meters watched={watched} />
            </section>
          </div>
          <Transcript watched={watched} />
          <div class="watch-right">
            <Actions hr={hr} watched={watched} />
            <Timeline watched={watched} />
          </div>
        </div>
      ) : (
        <section class="card">
          <Blank testId="hr-watch-loading" title={t(complaint ? "hr_not_found" : "loading")} />
        </section>
      )}
    </div>
  );
}

/** What is forwarded while we watch is fresher; the list knows what was before. */
function transportOf(watched: WatchedState, row: LiveInterview | undefined): string | undefined {
  return watched.media ? (watched.media.connected ? watched.media.transport : "none") : row?.media;
}

function Badges({ watched, row }: { readonly watched: WatchedState; readonly row: LiveInterview | undefined }) {
  const { t } = useText();
  const { face } = watched;
  const transport = transportOf(watched, row);
  const recordings = recordingsOf(watched);
  return (
    <p class="badges">
      <PresenceBadge state={watched.presence ?? row?.presence ?? "away"} />
      {transport === "webrtc" || transport === "websocket" ? (
        <Badge tone="good" testId="hr-media">
          {transport === "webrtc" ? "WebRTC" : "WebSocket"}
        </Badge>
      ) : (
        watched.media && (
          <Badge tone="fair" testId="hr-media">
            {t("hr_media_gone")}
          </Badge>
        )
      )}
      {face && (
        <Badge tone={face.faces === 1 ? "good" : "fair"} testId="hr-faces">
          {t("hr_faces")} {face.faces}
        </Badge>
      )}
      <CaptionsBadge state={watched.captionsMode ?? row?.captions ?? "live"} />
      {watched.quality && <QualityBadges quality={watched.quality} />}
      {recordings && (
        <Badge tone={recordings === "incomplete" ? "bad" : "accent"} testId="hr-recording">
          {t(`hr_recording_${recordings}`)}
        </Badge>
      )}
      {watched.humanRequested && (
        <Badge tone="fair" testId="hr-human">
          {t("hr_human_requested")}
        </Badge>
      )}
    </p>
  );
}

/** What makes an answer hard to hear or to see, while it is so. The candidate is told the same. */
function QualityBadges({ quality }: { readonly quality: QualityState }) {
  const { t } = useText();
  const lostPercent = Math.round(quality.lost_share * 100);
  const qualityText = (told: Told): string =>
    // The condition outlasts the loss by some seconds.
    told === "connection_poor" && lostPercent === 0 ? t("hr_quality_connection_was_poor") : t(`hr_quality_${told}`, { n: lostPercent });
  if (quality.conditions.length === 0) {
    return (
      <Badge tone="good" testId="hr-quality">
        {t("hr_quality_good")}
      </Badge>
    );
  }
  return (
    <>
      {quality.conditions.map((condition) => (
        <Badge tone="fair" testId="hr-quality" key={condition}>
          {qualityText(condition as Told)}
        </Badge>
      ))}
    </>
  );
}

type Told = Exclude<
  QualityState["conditions"][number],
  "half_time" | "seconds_30_left" | "seconds_10_left" | "time_is_up" | "nobody_speaks" | "may_finish_early"
>;
