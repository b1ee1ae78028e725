/** How many reached each stage; the alarm where too few pass. */
import { useState } from "preact/hooks";
import { type Funnel, readFunnel } from "../../../protocol/insights";
import { Badge, Blank, Segments } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import type { AreaProps } from "../areas";
import { Trouble } from "../Trouble";
import { useLoaded } from "../useLoaded";
import { Advices, shareText } from "./Advices";

export function FunnelView({ hr }: AreaProps) {
  const { t } = useText();
  const [by, setBy] = useState<"position" | "channel">("position");
  const { value, problem, again } = useLoaded(hr, `funnel ${by}`, () => readFunnel(hr.token, by));
  return (
    <section class="card" data-testid="hr-funnel">
      <Segments
        label={t("insight_by")}
        value={by}
        choices={[
          { value: "position", label: t("hr_position"), testId: "hr-funnel-position" },
          { value: "channel", label: t("insight_channel"), testId: "hr-funnel-channel" },
        ]}
        choose={setBy}
      />
      {problem && <Trouble problem={problem} again={again} />}
      {!value && !problem && <Blank testId="hr-funnel-loading" title={t("loading")} />}
      {value && value.alarms.length > 0 && (
        <div class="alarm" role="alert">
          <Advices advice={value.alarms} />
        </div>
      )}
      {value?.funnels[0]?.steps[0]?.reached === 0 && <Blank testId="hr-funnel-empty" title={t("insight_nobody")} />}
      {value?.funnels.filter((funnel) => (funnel.steps[0]?.reached ?? 0) > 0).map((funnel) => (
        <OneFunnel key={funnel.group} funnel={funnel} />
      ))}
      {value && <p class="hint small">{t("insight_pass_mark", { n: value.pass_mark })}</p>}
    </section>
  );
}

function OneFunnel({ funnel }: { readonly funnel: Funnel }) {
  const { t, say } = useText();
  const first = funnel.steps[0]?.reached ?? 1;
  return (
    <section class="funnel" aria-label={say(funnel.label)}>
      <h2>
        {say(funnel.label)} <Badge tone="still">{t("insight_pass_rate", { rate: shareText(funnel.pass_rate) })}</Badge>
      </h2>
      <ol>
        {funnel.steps.map((step) => (
          <li key={step.stage} data-testid="hr-funnel-step" data-stage={step.stage}>
            <span>{say(step.label)}</span>
            <span class="funnel-bar" aria-hidden="true">
              <i style={{ width: `${(100 * step.reached) / first}%` }} />
            </span>
            <strong>{step.reached}</strong>
          </li>
        ))}
      </ol>
    </section>
  );
}
