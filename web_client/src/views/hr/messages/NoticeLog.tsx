/** Everything that was sent about this person, each with every step it took. */
import type { Notice, NoticeStep, Person } from "../../../protocol/messages";
import { lookUp } from "../../../text/dictionary";
import { Badge, Blank, type Tone } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import { useMoment } from "./words";

const TONES: Readonly<Record<Notice["state"], Tone>> = {
  queued: "still",
  sending: "accent",
  listening: "accent",
  delivered: "good",
  undeliverable: "bad",
  cancelled: "still",
};

export function NoticeLog({ person }: { readonly person: Person }) {
  const { t } = useText();
  return (
    <section class="card" aria-labelledby="msg-notices" data-testid="hr-notices">
      <h2 id="msg-notices">{t("msg_notices")}</h2>
      {person.notices.length === 0 && <Blank testId="hr-notices-empty" title={t("msg_notices_none")} />}
      {[...person.notices].reverse().map((notice) => (
        <One key={notice.id} notice={notice} />
      ))}
    </section>
  );
}

function One({ notice }: { readonly notice: Notice }) {
  const { t, language } = useText();
  const moment = useMoment();
  const by = notice.channel && (lookUp(language, `msg_channel_${notice.channel}`) ?? notice.channel);
  return (
    <details class="competency" data-testid="hr-notice" data-kind={notice.kind}>
      <summary>
        <span>
          {notice.title}
          {notice.to_staff && <small class="hint"> {t("msg_to_staff", { who: notice.recipient })}</small>}
        </span>
        <span class="badges">
          {notice.late && <Badge tone="fair">{t("msg_late")}</Badge>}
          <Badge tone={TONES[notice.state]}>
            {t(`msg_state_${notice.state}`)}
            {notice.state === "delivered" && by ? ` · ${by}` : ""}
          </Badge>
        </span>
      </summary>
      <p class="hint">{notice.body}</p>
      <h3>{t("msg_log")}</h3>
      <ol class="notice-steps">
        {notice.steps.map((step, index) => (
          <li key={index} data-testid="hr-notice-step">
            <time>{moment(step.at_ms)}</time> <Words step={step} />
          </li>
        ))}
        {notice.state === "queued" && notice.wake_at_ms !== null && (
          <li>
            <time>{moment(notice.wake_at_ms)}</time> {t("msg_state_queued")}
          </li>
        )}
      </ol>
    </details>
  );
}

function Words({ step }: { readonly step: NoticeStep }) {
  const { language } = useText();
  const channel = step.channel && (lookUp(language, `msg_channel_${step.channel}`) ?? step.channel);
  const happening = lookUp(language, `msg_step_${step.happening}`) ?? step.happening;
  const why = lookUp(language, `msg_why_${step.reason}`);
  return (
    <span>
      {channel} {happening} {why ?? (step.reason && <code>{step.reason}</code>)}
    </span>
  );
}
