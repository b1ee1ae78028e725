/** A fact put right, or one that the machine did not find. */
import { useState } from "preact/hooks";
import type { Correction, Fact, FactKind } from "../../protocol/resumes";
import { correctionOf, DEGREES, FIELDS, hasOwnValue, KINDS } from "../../state/resume";
import { lookUp } from "../../text/dictionary";
import { Button } from "../parts/Controls";
import { useText } from "../parts/hooks";

interface FormProps {
  readonly fact?: Fact;
  /** False: it was not taken, and the form stays. */
  readonly save: (correction: Correction) => Promise<boolean>;
  readonly close: () => void;
}

export function FactForm({ fact, save, close }: FormProps) {
  const { t, language } = useText();
  const [kind, setKind] = useState<FactKind>(fact?.kind ?? "education");
  const [value, setValue] = useState(fact?.value ?? "");
  const [fields, setFields] = useState<Readonly<Record<string, string>>>(fact?.fields ?? {});
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    const degree = fields["degree"] ?? "";
    const said = degree === fact?.fields["degree"] ? (fact.fields["degree_said"] ?? "") : (lookUp(language, `resume_degree_${degree}`) ?? "");
    const done = await save(correctionOf(kind, fact?.id, value, fields, said));
    setBusy(false);
    if (done) close();
  };
  const put = (name: string, text: string): void => setFields({ ...fields, [name]: text });
  return (
    <form
      class="form fact-form"
      data-testid="hr-fact-form"
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => {
        if (event.key === "Escape") close();
      }}
    >
      {!fact && (
        <label class="field">
          <span>{t("resume_kind")}</span>
          <select data-testid="hr-fact-kind" value={kind} onChange={(event) => setKind(event.currentTarget.value as FactKind)}>
            {KINDS.map((each) => (
              <option key={each} value={each}>
                {t(`resume_kind_${each}`)}
              </option>
            ))}
          </select>
        </label>
      )}
      {hasOwnValue(kind) && (
        <label class="field">
          <span>{t("resume_value")}</span>
          <input data-testid="hr-fact-value" required maxLength={200} value={value} onInput={(event) => setValue(event.currentTarget.value)} />
        </label>
      )}
      {FIELDS[kind]?.map((name) => (
        <label key={name} class="field">
          <span>{lookUp(language, `resume_field_${name}`) ?? name}</span>
          {name === "degree" ? (
            <select data-testid="hr-fact-degree" value={fields[name] ?? ""} onChange={(event) => put(name, event.currentTarget.value)}>
              <option value="">–</option>
              {DEGREES.map((degree) => (
                <option key={degree} value={degree}>
                  {t(`resume_degree_${degree}`)}
                </option>
              ))}
            </select>
          ) : (
            <input data-testid={`hr-fact-${name}`} maxLength={200} value={fields[name] ?? ""} onInput={(event) => put(name, event.currentTarget.value)} />
          )}
        </label>
      ))}
      <div class="actions end">
        <Button testId="hr-fact-cancel" onClick={close}>
          {t("cancel")}
        </Button>
        <Button testId="hr-fact-save" look="primary" type="submit" disabled={busy}>
          {t("resume_save")}
        </Button>
      </div>
    </form>
  );
}
