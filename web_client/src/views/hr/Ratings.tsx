/** The ratings of a scorecard: five anchors a competency, as radio buttons that arrow keys move through. */
import type { Scorecard, ScorecardForm } from "../../protocol/rest";
import { anchorOf, LEVELS, markOf, withHalf, withLevel, withNote } from "../../state/scorecard";
import { Segments } from "../parts/Controls";
import { useText } from "../parts/hooks";

interface RatingsProps {
  readonly form: ScorecardForm;
  readonly card: Scorecard;
  readonly edit: (card: Scorecard) => void;
}

export function Ratings({ form, card, edit }: RatingsProps) {
  const { t } = useText();
  return (
    <section class="card ratings" aria-labelledby="ratings-title">
      <h2 id="ratings-title">{t("hr_marks")}</h2>
      {form.competencies.map((competency) => (
        <Rating key={competency.id} competency={competency} card={card} edit={edit} />
      ))}
      <label class="field">
        <span>{t("hr_comment")}</span>
        <textarea
          rows={3}
          maxLength={2000}
          data-testid="hr-card-comment"
          value={card.comment}
          onInput={(event) => edit({ ...card, comment: event.currentTarget.value })}
        />
      </label>
      <Segments
        label={t("hr_recommendation")}
        value={card.recommendation ?? "none"}
        choose={(recommendation) => recommendation !== "none" && edit({ ...card, recommendation })}
        choices={(["advance", "hold", "decline"] as const).map((value) => ({
          value,
          label: t(`hr_recommend_${value}`),
          testId: `hr-recommend-${value}`,
        }))}
      />
    </section>
  );
}

interface RatingProps {
  readonly competency: ScorecardForm["competencies"][number];
  readonly card: Scorecard;
  readonly edit: (card: Scorecard) => void;
}

function Rating({ competency, card, edit }: RatingProps) {
  const { t, say } = useText();
  const mark = markOf(card, competency.id);
  const at = typeof mark?.level === "number" ? anchorOf(mark.level) : undefined;
  return (
    <fieldset class="rating" data-testid="hr-rating" data-competency={competency.id}>
      <legend>{say(competency.label)}</legend>
      <p class="hint small">{say(competency.definition)}</p>
      {LEVELS.map((level) => {
        const anchor = competency.anchors[level];
        return (
          <Level key={level} competencyId={competency.id} checked={at === level} value={String(level)} choose={() => edit(withLevel(card, competency.id, level))}>
            <b>{level}</b> {anchor && say(anchor)}
          </Level>
        );
      })}
      <Level competencyId={competency.id} checked={mark?.level === null} value="none" choose={() => edit(withLevel(card, competency.id, null))}>
        {t("hr_not_observed")}
      </Level>
      {at !== undefined && at < 5 && (
        <label class="half">
          <input
            type="checkbox"
            checked={mark?.level !== at}
            data-testid="hr-level-half"
            onChange={(event) => edit(withHalf(card, competency.id, event.currentTarget.checked))}
          />
          {t("hr_half_level", { low: at, high: at + 1 })}
        </label>
      )}
      {mark && (
        <span class="field">
          <input
            maxLength={2000}
            aria-label={`${say(competency.label)}: ${t("hr_note")}`}
            placeholder={t("hr_note")}
            value={mark.note}
            onInput={(event) => edit(withNote(card, competency.id, event.currentTarget.value))}
          />
        </span>
      )}
    </fieldset>
  );
}

interface LevelProps {
  readonly competencyId: string;
  readonly value: string;
  readonly checked: boolean;
  readonly choose: () => void;
  readonly children: preact.ComponentChildren;
}

function Level({ competencyId, value, checked, choose, children }: LevelProps) {
  return (
    <label class="level">
      <input type="radio" name={competencyId} value={value} checked={checked} onChange={choose} data-testid={`hr-level-${value}`} />
      <span>{children}</span>
    </label>
  );
}
