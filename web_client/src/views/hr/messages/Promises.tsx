/** What HR promised this person, and whether it was kept. */
import { markKept, type Promised } from "../../../protocol/messages";
import { Badge, Button, type Tone } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import { Trouble } from "../Trouble";
import type { Part } from "./PersonPage";
import { useDoing, useMoment } from "./words";

const TONES: Readonly<Record<Promised["state"], Tone>> = {
  open: "still",
  reminded: "fair",
  overdue: "bad",
  kept: "good",
  cancelled: "still",
};

export function Promises({ hr, person, again }: Part) {
  const { t } = useText();
  const { busy, problem, run } = useDoing(again);
  if (person.promises.length === 0) return null;
  const open = person.promises.some(({ state }) => state === "open" || state === "reminded" || state === "overdue");
  return (
    <section class="card" aria-labelledby="msg-promises">
      <h2 id="msg-promises">{t("msg_promises")}</h2>
      <ul class="checks">
        {person.promises.map((promised) => (
          <Row key={promised.notice_id} promised={promised} />
        ))}
      </ul>
      {problem && <Trouble problem={problem} />}
      {open && (
        <Button testId="hr-kept" disabled={busy} onClick={() => void run(() => markKept(hr.token, person.applicant_id))}>
          {t("msg_kept")}
        </Button>
      )}
    </section>
  );
}

function Row({ promised }: { readonly promised: Promised }) {
  const { t } = useText();
  const moment = useMoment();
  const late = (promised.late_ms ?? 0) > 0;
  const time = moment(promised.kept_at_ms ?? promised.due_at_ms);
  const words = promised.state === "kept" && late ? t("msg_promise_kept_late", { by: promised.kept_by, time }) : t(`msg_promise_${promised.state}`, { by: promised.kept_by, time });
  return (
    <li data-testid="hr-promise" data-state={promised.state}>
      <Badge tone={late ? "fair" : TONES[promised.state]}>{words}</Badge>
    </li>
  );
}
