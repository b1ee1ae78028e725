/** The details HR answers from: each competency with the words that speak for and against. */
import type { Person, ScoreRow } from "../../../protocol/messages";
import { Badge, Button } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import type { Go } from "../HrPage";

const shown = (score: number | null): string => (score === null ? "–" : score.toFixed(0));

export function ScoresBeside({ person, go }: { readonly person: Person; readonly go: Go }) {
  const { t, say } = useText();
  const { scores, report_id: reportId } = person;
  return (
    <section class="card" aria-labelledby="msg-scores" data-testid="hr-scores-beside">
      <div class="row">
        <h2 id="msg-scores">{t("msg_scores")}</h2>
        {reportId && (
          <Button testId="hr-scores-report" look="quiet" onClick={() => go({ name: "report", id: reportId })}>
            {t("msg_report")}
          </Button>
        )}
      </div>
      {!scores && <p class="hint">{t(person.blind ? "msg_scores_blind" : "msg_scores_none")}</p>}
      {scores && (
        <>
          <p class="badges">
            <Badge tone="accent">
              {t("msg_total")} {shown(scores.total)}
            </Badge>
            {scores.parts.map((part, index) => (
              <Badge key={index} tone="still">
                {say(part.label)} {shown(part.score)}
              </Badge>
            ))}
          </p>
          {scores.competencies.map((row) => (
            <Competency key={row.id} row={row} />
          ))}
        </>
      )}
    </section>
  );
}

function Competency({ row }: { readonly row: ScoreRow }) {
  const { t, say } = useText();
  return (
    <details class="competency">
      <summary>
        <span>{say(row.label)}</span> <strong>{shown(row.score)}</strong>
      </summary>
      {row.quotes.map((quote, index) => (
        <blockquote key={index}>
          <Badge tone={quote.supports > 0 ? "good" : "bad"}>{t(quote.supports > 0 ? "msg_for" : "msg_against")}</Badge> {quote.quote}
          <small class="hint"> {say(quote.label)}</small>
        </blockquote>
      ))}
    </details>
  );
}
