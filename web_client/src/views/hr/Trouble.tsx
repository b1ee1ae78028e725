import type { Problem } from "../../protocol/rest";
import { Button } from "../parts/Controls";
import { useText } from "../parts/hooks";

/** What went wrong, in words and in a code, and another try where it makes sense. */
export function Trouble({ problem, again }: { readonly problem: Problem; readonly again?: () => void }) {
  const { t, say } = useText();
  return (
    <div class="trouble" role="alert" data-testid="hr-error">
      <p>
        {say(problem.text)} <code data-testid="error-code">{problem.code}</code>
      </p>
      {again && (
        <Button testId="hr-retry" onClick={again}>
          {t("retry")}
        </Button>
      )}
    </div>
  );
}
