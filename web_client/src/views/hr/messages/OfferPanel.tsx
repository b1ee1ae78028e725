/** An offer and the steps after it. The person confirms; HR says what has been done. */
import { useState } from "preact/hooks";
import { makeOffer, moveOffer, type Offer } from "../../../protocol/messages";
import { lookUp } from "../../../text/dictionary";
import { Button } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import { Trouble } from "../Trouble";
import type { Part } from "./PersonPage";
import { useDoing, useMoment } from "./words";

const STEPS = ["medical_check", "contract", "record_entry"] as const;

export function OfferPanel({ hr, person, again }: Part) {
  const { t } = useText();
  const [making, setMaking] = useState(false);
  const open = person.offers.some((offer) => offer.open);
  return (
    <section class="card" aria-labelledby="msg-offer" data-testid="hr-offers">
      <h2 id="msg-offer">{t("msg_offer")}</h2>
      {person.offers.length === 0 && <p class="hint">{t("msg_offer_none")}</p>}
      {person.offers.map((offer) => (
        <One key={offer.id} offer={offer} hr={hr} person={person} again={again} />
      ))}
      {!open && !making && (
        <Button testId="hr-offer-make" onClick={() => setMaking(true)}>
          {t("msg_offer_make")}
        </Button>
      )}
      {!open && making && <Make hr={hr} person={person} again={again} />}
    </section>
  );
}

function Make({ hr, person, again }: Part) {
  const { t } = useText();
  const [contact, setContact] = useState("");
  const [notes, setNotes] = useState<Readonly<Record<string, string>>>({});
  const { busy, problem, run } = useDoing(again);
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void run(() => makeOffer(hr.token, person.applicant_id, contact, notes));
      }}
    >
      <label class="field">
        <span>{t("msg_offer_contact")}</span>
        <input data-testid="hr-offer-contact" maxLength={60} value={contact} onInput={(event) => setContact(event.currentTarget.value)} />
      </label>
      {STEPS.map((step) => (
        <label class="field" key={step}>
          <span>{t("msg_offer_note", { step: t(`msg_offer_${step}`) })}</span>
          <input maxLength={80} value={notes[step] ?? ""} onInput={(event) => setNotes({ ...notes, [step]: event.currentTarget.value })} />
        </label>
      ))}
      {problem && <Trouble problem={problem} />}
      <Button testId="hr-offer-send" look="primary" type="submit" disabled={busy}>
        {t("msg_offer_send", { name: person.name })}
      </Button>
    </form>
  );
}

function One({ offer, hr, again }: Part & { readonly offer: Offer }) {
  const { t, language } = useText();
  const moment = useMoment();
  const { busy, problem, run } = useDoing(again);
  const say = (state: string): string => lookUp(language, `msg_offer_${state}`) ?? state;
  const move = (happening: string) => () => void run(() => moveOffer(hr.token, offer.id, happening));
  const stages = ["offered", ...offer.steps, "done"];
  const inSteps = offer.steps.includes(offer.state);
  return (
    <div data-testid="hr-offer" data-state={offer.state}>
      <ol class="stages">
        {stages.map((stage) => (
          <li key={stage} class={isDone(offer, stages, stage) ? "done" : ""} aria-current={stage === offer.state ? "step" : undefined}>
            {say(stage)}
            {offer.at_ms[stage] !== undefined && <small class="hint"> {moment(offer.at_ms[stage])}</small>}
          </li>
        ))}
      </ol>
      {!stages.includes(offer.state) && <p>{say(offer.state)}</p>}
      {offer.lapses_at_ms !== null && <p class="hint">{t("msg_offer_lapses", { time: moment(offer.lapses_at_ms) })}</p>}
      {offer.days !== null && <p class="hint">{t("msg_offer_days", { n: offer.days.toFixed(1) })}</p>}
      {problem && <Trouble problem={problem} />}
      {offer.open && (
        <p class="actions">
          {inSteps ? (
            <Button testId="hr-offer-step" look="primary" disabled={busy} onClick={move("step_done")}>
              {t("msg_offer_step_done", { step: say(offer.state) })}
            </Button>
          ) : (
            <Button testId="hr-offer-confirm" disabled={busy} onClick={move("confirmed")}>
              {t("msg_offer_confirm")}
            </Button>
          )}
          <Button testId="hr-offer-decline" look="quiet" disabled={busy} onClick={move("declined")}>
            {t("msg_offer_decline")}
          </Button>
          <Button testId="hr-offer-back" look="quiet" disabled={busy} onClick={move("taken_back")}>
            {t("msg_offer_take_back")}
          </Button>
        </p>
      )}
    </div>
  );
}

/** A stage is done when a later one was entered. */
function isDone(offer: Offer, stages: readonly string[], stage: string): boolean {
  if (offer.state === "done") return true;
  return stages.slice(stages.indexOf(stage) + 1).some((later) => offer.at_ms[later] !== undefined);
}
