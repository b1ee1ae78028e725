/** Perhaps one person with two files: a human looks at both and says. */
import { useState } from "preact/hooks";
import { decideDuplicate, type Life } from "../../../protocol/people";
import { Problem } from "../../../protocol/rest";
import { lookUp } from "../../../text/dictionary";
import { Badge, Button, Dialog } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import type { AreaProps } from "../areas";
import { Trouble } from "../Trouble";

interface Props {
  readonly hr: AreaProps["hr"];
  readonly go: AreaProps["go"];
  readonly mine: string;
  readonly pair: Life["possible_duplicates"][number];
  readonly again: () => void;
}

export function Duplicate({ hr, go, mine, pair, again }: Props) {
  const { t, language } = useText();
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const other = pair.person_id === mine ? pair.other_id : pair.person_id;
  const open = (id: string): void => go({ name: "area", area: "people", open: id });
  const decide = async (same: boolean): Promise<void> => {
    setAsking(false);
    try {
      const { person_id } = await decideDuplicate(hr.token, mine, other, same);
      if (same && person_id !== mine) open(person_id);
      else again();
    } catch (error) {
      if (error instanceof Problem) setProblem(error);
    }
  };
  return (
    <div class="duplicate" data-testid="hr-life-duplicate">
      <p>
        <Badge tone="fair">!</Badge> {t("life_duplicate", { id: other, reason: lookUp(language, `life_${pair.reason}`) ?? pair.reason })}
      </p>
      <Button testId="hr-life-other" look="quiet" onClick={() => open(other)}>
        {t("life_look", { id: other })}
      </Button>
      <Button testId="hr-life-same" onClick={() => setAsking(true)}>
        {t("life_same")}
      </Button>
      <Button testId="hr-life-two" onClick={() => void decide(false)}>
        {t("life_two")}
      </Button>
      {problem && <Trouble problem={problem} />}
      {asking && (
        <Dialog title={t("life_join_title")} testId="hr-life-join" close={() => setAsking(false)}>
          <p>{t("life_join_text")}</p>
          <div class="actions end">
            <Button testId="hr-life-join-no" look="quiet" onClick={() => setAsking(false)}>
              {t("cancel")}
            </Button>
            <Button testId="hr-life-join-yes" look="primary" onClick={() => void decide(true)}>
              {t("life_join")}
            </Button>
          </div>
        </Dialog>
      )}
    </div>
  );
}
