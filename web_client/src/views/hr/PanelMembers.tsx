/** Who is on the panel and who has handed in; HR may name them. */
import { useState } from "preact/hooks";
import { assignPanel, type PanelMember, Problem } from "../../protocol/rest";
import type { Hr } from "../../state/hr";
import { Badge, Button } from "../parts/Controls";
import { useText } from "../parts/hooks";
import { Trouble } from "./Trouble";

interface MembersProps {
  readonly hr: Hr;
  readonly interviewId: string;
  readonly members: readonly PanelMember[];
  readonly changed: () => void;
}

export function PanelMembers({ hr, interviewId, members, changed }: MembersProps) {
  const { t } = useText();
  const roles = hr.store.state.signedIn?.user.roles ?? [];
  const mayAssign = roles.includes("hr") || roles.includes("admin");
  if (members.length === 0 && !mayAssign) return null;
  return (
    <section class="card" aria-labelledby="panel-title" data-testid="hr-panel">
      <h2 id="panel-title">{t("hr_panel")}</h2>
      <p class="badges">
        {members.map((member) => (
          <Badge key={member.rater} tone={member.submitted ? "good" : "still"} testId="hr-panel-member">
            {member.rater} · {t(member.submitted ? "hr_panel_given" : "hr_panel_waiting")}
          </Badge>
        ))}
      </p>
      {mayAssign && <Assign hr={hr} interviewId={interviewId} members={members} changed={changed} />}
    </section>
  );
}

function Assign({ hr, interviewId, members, changed }: MembersProps) {
  const { t } = useText();
  const [names, setNames] = useState(members.map((member) => member.rater).join(", "));
  const [problem, setProblem] = useState<Problem>();
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const raters = names.split(/[,，\s]+/).filter(Boolean);
    try {
      await assignPanel(hr.token, interviewId, raters);
      setProblem(undefined);
      changed();
    } catch (error) {
      if (error instanceof Problem) setProblem(error);
    }
  };
  return (
    <form class="form" onSubmit={(event) => void save(event)}>
      {problem && <Trouble problem={problem} />}
      <label class="field">
        <span>{t("hr_panel_assign")}</span>
        <input data-testid="hr-panel-names" value={names} onInput={(event) => setNames(event.currentTarget.value)} />
      </label>
      <div class="actions end">
        <Button testId="hr-panel-save" type="submit">
          {t("hr_panel_save")}
        </Button>
      </div>
    </form>
  );
}
