/** Where results go: each system, whether it is on, and a harmless call to it. */
import { useState } from "preact/hooks";
import { check, type Checked, type Destination, destinations } from "../../../protocol/destinations";
import { Problem } from "../../../protocol/rest";
import { Badge, Blank, Button } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import type { AreaProps } from "../areas";
import { Trouble } from "../Trouble";
import { useLoaded } from "../useLoaded";

export function Destinations({ hr }: Pick<AreaProps, "hr">) {
  const { t } = useText();
  const { value, problem, again } = useLoaded(hr, "destinations", () => destinations(hr.token));
  return (
    <section class="card" aria-labelledby="destinations" data-testid="hr-destinations">
      <h2 id="destinations">{t("dest_title")}</h2>
      <p class="hint">{t("dest_hint")}</p>
      {problem && <Trouble problem={problem} again={again} />}
      {!value && !problem && <Blank testId="hr-destinations-loading" title={t("loading")} />}
      {value?.items.map((each) => (
        <One key={each.name} hr={hr} destination={each} />
      ))}
      {value?.items.length === 1 && <p class="hint">{t("dest_only_inside")}</p>}
    </section>
  );
}

function One({ hr, destination }: { readonly hr: AreaProps["hr"]; readonly destination: Destination }) {
  const { t, language } = useText();
  const { name, title, enabled, hosted, mapping, address } = destination;
  return (
    <div class="comparison" data-testid="hr-destination" data-destination={name}>
      <p class="badges">
        <strong>{name}</strong>
        <span>{title[language]}</span>
        <Badge tone={enabled ? "good" : "still"}>{t(enabled ? "dest_on" : "dest_off")}</Badge>
        {mapping && <span class="hint small">{t("dest_mapping", { mapping })}</span>}
      </p>
      {hosted && (
        <p class="hint small">
          {t("dest_calls_us")} <code>{address}</code>
        </p>
      )}
      {enabled && !hosted && destination.adapter !== "embedded" && hr.store.state.signedIn?.user.roles.includes("admin") && <Check hr={hr} name={name} />}
    </div>
  );
}

function Check({ hr, name }: { readonly hr: AreaProps["hr"]; readonly name: string }) {
  const { t } = useText();
  const [busy, setBusy] = useState(false);
  const [found, setFound] = useState<Checked>();
  const [problem, setProblem] = useState<Problem>();
  const ask = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      setFound(await check(hr.token, name));
    } catch (error) {
      if (error instanceof Problem) setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div>
      <Button testId={`hr-check-${name}`} look="quiet" disabled={busy} onClick={() => void ask()}>
        {t(busy ? "dest_checking" : "dest_check")}
      </Button>
      <p role="status" class="small" data-testid={`hr-checked-${name}`}>
        {found && (found.code ? t("dest_silent", { code: found.code, said: found.said }) : t("dest_answers", { said: found.said }))}
      </p>
      {problem && <Trouble problem={problem} />}
    </div>
  );
}
