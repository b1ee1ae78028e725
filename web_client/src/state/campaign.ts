/** What one candidate is asked: the position's own questions, those that a feature leaves, or HR's choice. Pure. */
import type { Feature, PositionOutline } from "../protocol/rest";

export const FEATURES: readonly Feature[] = ["voice", "logic", "scenario", "expression"];
export const FEWEST_QUESTIONS = 2;

/** `features` and `questions` are undefined until HR touches them: then the position decides. */
export interface Campaign {
  readonly features?: readonly Feature[];
  readonly questions?: readonly string[];
}

export function featuresOf(position: PositionOutline, campaign: Campaign): readonly Feature[] {
  return campaign.features ?? position.features;
}

/** Ids in the order of the position; a choice of HR's goes before features and reserve. */
export function asked(position: PositionOutline, campaign: Campaign): readonly string[] {
  const on = featuresOf(position, campaign);
  const chosen = campaign.questions;
  return position.questions
    .filter((one) => (chosen ? chosen.includes(one.id) : !one.reserve && (one.feature === null || on.includes(one.feature))))
    .map((one) => one.id);
}

/** A feature that leaves or brings questions takes HR's choice of questions back: it was made for another campaign. */
export function withFeature(position: PositionOutline, campaign: Campaign, feature: Feature, on: boolean): Campaign {
  const now = featuresOf(position, campaign).filter((one) => one !== feature);
  const features = FEATURES.filter((one) => now.includes(one) || (on && one === feature));
  const asks = feature === "scenario" || feature === "logic";
  return asks || !campaign.questions ? { features } : { features, questions: campaign.questions };
}

export function withQuestion(position: PositionOutline, campaign: Campaign, id: string, on: boolean): Campaign {
  const now = asked(position, campaign).filter((one) => one !== id);
  const questions = position.questions.map((one) => one.id).filter((one) => now.includes(one) || (on && one === id));
  return { ...campaign, questions };
}

export const enough = (position: PositionOutline, campaign: Campaign): boolean =>
  asked(position, campaign).length >= FEWEST_QUESTIONS;
