/** HR's correspondence: what waits, or the one person that is open. */
import { type Overview, overview, type Waiting, type What } from "../../../protocol/messages";
import { lookUp } from "../../../text/dictionary";
import { Badge, Blank, Title, type Tone } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import type { AreaProps } from "../areas";
import type { Go } from "../HrPage";
import { searchOf } from "../route";
import { Trouble } from "../Trouble";
import { useLoaded } from "../useLoaded";
import { PersonPage } from "./PersonPage";
import { useMoment } from "./words";

export const AREA = "messages";

export function Messages(props: AreaProps) {
  return props.open ? <PersonPage hr={props.hr} go={props.go} applicantId={props.open} /> : <WaitingPage {...props} />;
}

function WaitingPage({ hr, go }: AreaProps) {
  const { t } = useText();
  const { value, problem, again } = useLoaded(hr, "messages", () => overview(hr.token));
  return (
    <section class="card" data-testid="hr-messages">
      <Title lead={t("msg_lead")}>{t("msg_title")}</Title>
      {problem && <Trouble problem={problem} again={again} />}
      {!value && !problem && <Blank testId="hr-messages-loading" title={t("loading")} />}
      {value && <SetUp found={value} />}
      {value?.waiting.length === 0 && (
        <Blank testId="hr-messages-empty" title={t("msg_nothing")}>
          {t("msg_nothing_hint")}
        </Blank>
      )}
      {value && value.waiting.length > 0 && <Table waiting={value.waiting} go={go} />}
    </section>
  );
}

function SetUp({ found }: { readonly found: Overview }) {
  const { t, language } = useText();
  if (!found.on) {
    return (
      <div class="notice warm" data-testid="hr-messages-off">
        <p>
          <strong>{t("msg_off")}</strong>
        </p>
        <p>{t("msg_off_hint")}</p>
      </div>
    );
  }
  const names = Object.entries(found.channels)
    .filter(([, on]) => on)
    .map(([name]) => lookUp(language, `msg_channel_${name}`) ?? name);
  return (
    <p class="hint" data-testid="hr-messages-channels">
      {t("msg_channels", { names: names.join(language === "zh" ? "、" : ", ") })} {found.staff === 0 && t("msg_staff_none")}
    </p>
  );
}

const TONES: Readonly<Record<What, Tone>> = {
  promise_overdue: "bad",
  result_overdue: "bad",
  undeliverable: "bad",
  reply: "accent",
  promise: "fair",
  result: "fair",
  offer: "still",
};

function Table({ waiting, go }: { readonly waiting: readonly Waiting[]; readonly go: Go }) {
  const { t, say, language } = useText();
  const moment = useMoment();
  return (
    <div class="table-box">
      <table>
        <thead>
          <tr>
            <th>{t("msg_col_what")}</th>
            <th>{t("msg_col_who")}</th>
            <th>{t("msg_col_position")}</th>
            <th>{t("msg_col_due")}</th>
          </tr>
        </thead>
        <tbody>
          {waiting.map((one, index) => {
            const to = { name: "area", area: AREA, open: one.applicant_id } as const;
            return (
              <tr key={index} data-testid="hr-message-row" data-what={one.what}>
                <td>
                  <span class="badges">
                    <Badge tone={TONES[one.what]}>{t(`msg_what_${one.what}`)}</Badge>
                    {one.hint && <Badge tone="fair">{lookUp(language, `msg_intent_${one.hint}`) ?? one.hint}</Badge>}
                  </span>
                </td>
                <td>
                  <a
                    href={`/hr${searchOf(to)}`}
                    onClick={(event) => {
                      event.preventDefault();
                      go(to);
                    }}
                  >
                    {one.name}
                  </a>
                </td>
                <td>{say(one.position)}</td>
                <td>{one.due_at_ms !== null && moment(one.due_at_ms)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
