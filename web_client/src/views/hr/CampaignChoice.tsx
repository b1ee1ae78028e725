/** What this candidate is asked and what is analysed: the position's own, unless HR changes it here. */
import { positionOutline, type PositionOutline, type PositionQuestion } from "../../protocol/rest";
import { asked, type Campaign, enough, FEATURES, featuresOf, withFeature, withQuestion } from "../../state/campaign";
import type { Hr } from "../../state/hr";
import { Badge, Blank } from "../parts/Controls";
import { useText } from "../parts/hooks";
import { Trouble } from "./Trouble";
import { useLoaded } from "./useLoaded";

interface Props {
  readonly hr: Hr;
  readonly positionId: string;
  readonly campaign: Campaign;
  readonly choose: (campaign: Campaign) => void;
}

export function CampaignChoice({ hr, positionId, campaign, choose }: Props) {
  const { t, say } = useText();
  const { value, problem, again } = useLoaded(hr, positionId, () => positionOutline(hr.token, positionId));
  if (problem) return <Trouble problem={problem} again={again} />;
  if (value?.id !== positionId) return <Blank testId="hr-campaign-loading" title={t("loading")} />;
  return (
    <>
      <p class="hint">{say(value.summary)}</p>
      <Features position={value} campaign={campaign} choose={choose} />
      <Questions position={value} campaign={campaign} choose={choose} />
    </>
  );
}

interface Part {
  readonly position: PositionOutline;
  readonly campaign: Campaign;
  readonly choose: (campaign: Campaign) => void;
}

function Features({ position, campaign, choose }: Part) {
  const { t } = useText();
  const on = featuresOf(position, campaign);
  return (
    <fieldset class="choices" data-testid="hr-features">
      <legend>{t("hr_features")}</legend>
      {FEATURES.map((feature) => (
        <label key={feature}>
          <input
            type="checkbox"
            data-testid={`hr-feature-${feature}`}
            checked={on.includes(feature)}
            onChange={(event) => choose(withFeature(position, campaign, feature, event.currentTarget.checked))}
          />
          <span>
            {t(`hr_feature_${feature}`)} <small>{t(`hr_feature_${feature}_hint`)}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function Questions({ position, campaign, choose }: Part) {
  const { t } = useText();
  const now = asked(position, campaign);
  return (
    <details class="choices" data-testid="hr-questions">
      <summary>{t("hr_questions", { count: now.length, all: position.questions.length })}</summary>
      {position.questions.map((question) => (
        <Question
          key={question.id}
          question={question}
          on={now.includes(question.id)}
          choose={(on) => choose(withQuestion(position, campaign, question.id, on))}
        />
      ))}
      {!enough(position, campaign) && (
        <p class="hint" role="alert" data-testid="hr-questions-few">
          {t("hr_questions_few")}
        </p>
      )}
    </details>
  );
}

function Question(props: { readonly question: PositionQuestion; readonly on: boolean; readonly choose: (on: boolean) => void }) {
  const { t, say } = useText();
  const { question, on, choose } = props;
  return (
    <label>
      <input
        type="checkbox"
        data-testid={`hr-question-${question.id}`}
        checked={on}
        onChange={(event) => choose(event.currentTarget.checked)}
      />
      <span>
        {say(question.text)} {question.reserve && <Badge tone="still">{t("hr_question_reserve")}</Badge>}
      </span>
    </label>
  );
}
