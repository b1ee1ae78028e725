/** Pages from which the interview does not go on: each says why, in words and in a code, and what can be done. */
import type { Refused } from "../../protocol/generated";
import type { Problem } from "../../protocol/rest";
import { lookUp } from "../../text/dictionary";
import { Button, Title } from "../parts/Controls";
import { useText } from "../parts/hooks";

export function Stopped({ kind }: { readonly kind: "withdrawn" | "expired" }) {
  const { t } = useText();
  return (
    <section class="card narrow" data-testid={`${kind}-page`}>
      <Title lead={t(`${kind}_text`)}>{t(`${kind}_title`)}</Title>
    </section>
  );
}

export function Elsewhere({ here }: { readonly here: () => void }) {
  const { t } = useText();
  return (
    <section class="card narrow" data-testid="elsewhere-page">
      <Title lead={t("elsewhere_text")}>{t("elsewhere_title")}</Title>
      <div class="actions end">
        <Button testId="continue-here" look="primary" large onClick={here}>
          {t("elsewhere_here")}
        </Button>
      </div>
    </section>
  );
}

export function Failed({ problem, again }: { readonly problem: Problem; readonly again: () => void }) {
  return <Trouble code={problem.code} text={problem.text} again={problem.retry ? again : undefined} />;
}

export function Refusal({ refusal, again }: { readonly refusal: Refused; readonly again: () => void }) {
  return <Trouble code={refusal.code} text={refusal.message} again={again} />;
}

interface TroubleProps {
  readonly code: string;
  readonly text: { readonly zh: string; readonly en: string };
  readonly again: (() => void) | undefined;
}

function Trouble({ code, text, again }: TroubleProps) {
  const { t, say, language } = useText();
  return (
    <section class="card narrow" data-testid="error-page">
      <Title lead={say(text)}>{lookUp(language, `failed_${code}`) ?? t("failed_title")}</Title>
      <p>{t("failed_help")}</p>
      <p class="hint">
        {t("error_code")}: <code data-testid="error-code">{code}</code>
      </p>
      {again && (
        <div class="actions end">
          <Button testId="error-retry" look="primary" onClick={again}>
            {t("retry")}
          </Button>
        </div>
      )}
    </section>
  );
}
