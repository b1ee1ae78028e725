/** Words come later than spoken, or only when an utterance has ended. Nothing is shown while all is well. */
import type { CaptionsState } from "../../protocol/generated";
import { Badge } from "../parts/Controls";
import { useText } from "../parts/hooks";

export function CaptionsBadge({ state }: { readonly state: CaptionsState["state"] }) {
  const { t } = useText();
  if (state === "live") return null;
  return (
    <Badge tone="fair" testId="hr-captions-mode">
      {t(`hr_captions_${state}`)}
    </Badge>
  );
}
