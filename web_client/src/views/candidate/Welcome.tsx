/** First contact: an AI assists, people decide, and nothing starts before the candidate says so. */
import { useState } from "preact/hooks";
import type { Interview } from "../../state/interview";
import type { Joined } from "../../protocol/rest";
import { Button, Title } from "../parts/Controls";
import { useText } from "../parts/hooks";
import { AiNotice } from "./Frame";
import { HowTold } from "./HowTold";
import { OwnResume } from "./OwnResume";

export function Welcome({ interview, joined }: { readonly interview: Interview; readonly joined: Joined }) {
  const { t, say } = useText();
  const isNew = joined.phase === "invited" || joined.phase === "consent";
  return (
    <section class="card narrow" data-testid="welcome-page">
      <Title lead={t("welcome_for", { employer: say(joined.employer), position: say(joined.position) })}>{t("welcome_title")}</Title>
      <AiNotice />
      {!canSpeak() && <TextOnly />}
      <h2>{t("welcome_plan")}</h2>
      <ul class="plan">
        <li>{t("welcome_questions", { n: joined.questions })}</li>
        <li>{t("welcome_minutes", { n: 4 + joined.questions * 4 })}</li>
        <li>{t("welcome_modes")}</li>
        <li>{t("welcome_resume")}</li>
      </ul>
      <HowTold joined={joined} />
      <OwnResume joined={joined} />
      <div class="actions end">
        <Button testId="join-start" look="primary" large onClick={() => interview.start()}>
          {t(isNew ? "welcome_start" : "welcome_return")}
        </Button>
      </div>
    </section>
  );
}

function canSpeak(): boolean {
  return typeof navigator.mediaDevices?.getUserMedia === "function";
}

/** Rescue for in-app browsers and old ones: another browser, or answers in writing. */
function TextOnly() {
  const { t } = useText();
  const [copied, setCopied] = useState(false);
  const copy = (): void => void navigator.clipboard?.writeText(location.href).then(() => setCopied(true), () => undefined);
  return (
    <div class="notice warm" data-testid="unsupported">
      <p>
        <strong>{t("text_only_title")}</strong>
      </p>
      <p>{t("text_only_advice")}</p>
      {/MicroMessenger/i.test(navigator.userAgent) && <p>{t("text_only_wechat")}</p>}
      <Button testId="copy-link" onClick={copy}>
        {t(copied ? "copied" : "copy_link")}
      </Button>
    </div>
  );
}
