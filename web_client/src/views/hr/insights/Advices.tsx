/** Suggestions, each with everything it rests on. */
import type { Advice, Figure } from "../../../protocol/insights";
import { useText } from "../../parts/hooks";

export function Advices({ advice }: { readonly advice: readonly Advice[] }) {
  const { t, say } = useText();
  return (
    <ul class="advice">
      {advice.map((each, index) => (
        <li key={index} data-testid="hr-insight-advice" data-code={each.code}>
          <p>{say(each.text)}</p>
          <p class="hint small">
            {t("insight_rests_on")}{" "}
            {each.inputs.map((input) => `${say(input.name)} ${input.value} (${say(input.source)})`).join(" · ")}
          </p>
        </li>
      ))}
    </ul>
  );
}

export const percent = (value: number, digits = 0): string => `${(100 * value).toFixed(digits)} %`;

/** A share with its interval. */
export function shareText({ value, low, high, n }: Figure): string {
  if (value === null) return "–";
  const range = low === null || high === null ? "" : ` (${percent(low)} – ${percent(high)})`;
  return `${percent(value)}${range}, n = ${n}`;
}
