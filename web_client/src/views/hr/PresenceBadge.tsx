/**
 * Is the candidate there? Silent for a moment is not gone, and the clock stands still meanwhile. While the server does
 * not answer us, nobody knows.
 */
import type { PresenceState } from "../../state/watched";
import type { Key } from "../../text/dictionary";
import { useText } from "../parts/hooks";

type Known = PresenceState | "unknown";

const SHOWN: Readonly<Record<Known, { readonly tone: string; readonly text: Key }>> = {
  here: { tone: "good", text: "hr_connected" },
  silent: { tone: "fair", text: "hr_silent" },
  away: { tone: "still", text: "hr_away" },
  unknown: { tone: "still", text: "hr_unknown" },
};

export function PresenceBadge({ state }: { readonly state: Known }) {
  const { t } = useText();
  const { tone, text } = SHOWN[state];
  return (
    <span class={`badge dot ${tone}`} data-testid="hr-presence" data-state={state}>
      {t(text)}
    </span>
  );
}
