/** Consent, un-bundled: every item its own tick, none set beforehand, refusing is an ordinary way on. */
import { useState } from "preact/hooks";
import type { Interview } from "../../state/interview";
import type { ConsentItem, Joined } from "../../protocol/rest";
import { Button, Title } from "../parts/Controls";
import { useStore, useText } from "../parts/hooks";
import { Leave, Steps } from "./Frame";

type Ticks = Readonly<Record<ConsentItem["key"], boolean>>;
const NONE: Ticks = { recording: false, speech_to_text: false, voice_analysis: false, face_analysis: false };

export function Consent({ interview, joined }: { readonly interview: Interview; readonly joined: Joined }) {
  const { t, say } = useText();
  const [ticks, setTicks] = useState<Ticks>(NONE);
  const { complaint, phase, welcome } = useStore(interview.store);
  // On which connection it was sent: should that one have died with it, a new one lets the candidate send again.
  const [sentOn, setSentOn] = useState<number>();
  const sent = sentOn === welcome?.epoch && !complaint;
  const [leaving, setLeaving] = useState(false);
  const items = joined.consent.items.filter((item) => item.allowed);
  const spoken = items.every((item) => !item.required_for_voice || ticks[item.key]);
  const give = (given: Ticks): void => {
    setSentOn(welcome?.epoch);
    interview.giveConsent(given);
  };
  return (
    <section class="card narrow" data-testid="consent-page">
      <Steps phase="consent" />
      {phase?.phase === "human_requested" && (
        <div class="notice" data-testid="human-waiting">
          <p>
            <strong>{t("human_waiting_title")}</strong>
          </p>
          <p>{t("human_waiting_text")}</p>
        </div>
      )}
      <Title lead={t("consent_lead")}>{t("consent_title")}</Title>
      <div class="consent-text" data-testid="consent-text" tabIndex={0}>
        {say(joined.consent.text)}
      </div>
      <fieldset class="ticks">
        <legend>{t("consent_items")}</legend>
        {items.map((item) => (
          <label key={item.key} class="tick">
            <input
              type="checkbox"
              data-testid={`consent-${item.key}`}
              checked={ticks[item.key]}
              onChange={(event) => setTicks({ ...ticks, [item.key]: event.currentTarget.checked })}
            />
            <span>
              {say(item.label)}
              <small>{t(item.required_for_voice ? "consent_required" : "consent_optional")}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <p class={`consent-path${spoken ? "" : " active"}`} data-testid="consent-text-path" role="status">
        {t("consent_text_path")}
      </p>
      <div class="actions spread">
        <Button testId="consent-refuse" look="quiet" onClick={() => setLeaving(true)}>
          {t("consent_refuse")}
        </Button>
        <Button testId="consent-accept" look="primary" large disabled={sent} onClick={() => give(ticks)}>
          {t(spoken ? "consent_accept" : "consent_accept_text")}
        </Button>
      </div>
      {leaving && <Leave interview={interview} close={() => setLeaving(false)} />}
    </section>
  );
}
