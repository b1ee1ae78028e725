/** The rules in force, tried on past cases before others hold. */
import { useState } from "preact/hooks";
import { publishRules, rules, type Rules as InForce, type Said, type Tried, tryRules } from "../../protocol/automation";
import { Problem } from "../../protocol/rest";
import type { Hr } from "../../state/hr";
import { lookUp } from "../../text/dictionary";
import { Badge, Blank, Button, Title } from "../parts/Controls";
import { useText } from "../parts/hooks";
import type { AreaProps } from "./areas";
import { Trouble } from "./Trouble";
import { useLoaded } from "./useLoaded";

export function Rules({ hr }: AreaProps) {
  const { t } = useText();
  const { value: inForce, problem, again } = useLoaded(hr, "rules", () => rules(hr.token));
  return (
    <section class="card" data-testid="hr-rules">
      <Title lead={t("rules_lead")}>{t("rules_title")}</Title>
      {problem && <Trouble problem={problem} again={again} />}
      {!inForce && !problem && <Blank testId="hr-rules-loading" title={t("loading")} />}
      {inForce && <Editor key={inForce.version} hr={hr} inForce={inForce} published={again} />}
    </section>
  );
}

function Editor({ hr, inForce, published }: { readonly hr: Hr; readonly inForce: InForce; readonly published: () => void }) {
  const { t } = useText();
  const [yaml, setYaml] = useState(inForce.yaml);
  const [tried, setTried] = useState<Tried>();
  const [problem, setProblem] = useState<Problem>();
  const [version, setVersion] = useState<number>();
  const admin = hr.store.state.signedIn?.user.roles.includes("admin") ?? false;
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
      setProblem(undefined);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setTried(undefined);
      setProblem(error);
    }
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void attempt(async () => setTried(await tryRules(hr.token, yaml)));
      }}
    >
      <p class="badges">
        <Badge tone="accent" testId="hr-rules-mode">
          {t(`rules_mode_${inForce.mode}`)}
        </Badge>
        <span class="hint">{inForce.version ? t("rules_version", { n: inForce.version, who: inForce.by }) : t("rules_shipped")}</span>
      </p>
      {!inForce.may_advance_alone && <p class="hint">{t("rules_law")}</p>}
      <label class="field">
        <span>{t("rules_source")}</span>
        <textarea class="rules-source" data-testid="hr-rules-yaml" spellcheck={false} rows={18} value={yaml} onInput={(event) => setYaml(event.currentTarget.value)} />
      </label>
      <Inputs inForce={inForce} />
      {problem && <Trouble problem={problem} />}
      {problem?.detail && (
        <pre class="rules-flaws" data-testid="hr-rules-flaws">
          {problem.detail}
        </pre>
      )}
      {version && <p role="status">{t("rules_published", { n: version })}</p>}
      <div class="actions end">
        <Button testId="hr-rules-try" look="primary" type="submit">
          {t("rules_try")}
        </Button>
        {admin && (
          <Button
            testId="hr-rules-publish"
            disabled={!tried}
            onClick={() =>
              void attempt(async () => {
                setVersion((await publishRules(hr.token, yaml)).version);
                published();
              })
            }
          >
            {t("rules_publish")}
          </Button>
        )}
      </div>
      {tried && <Compared tried={tried} />}
    </form>
  );
}

function Inputs({ inForce }: { readonly inForce: InForce }) {
  const { t, say } = useText();
  return (
    <details class="rules-inputs">
      <summary>{t("rules_inputs")}</summary>
      <dl>
        {Object.entries(inForce.inputs).map(([name, input]) => (
          <div key={name}>
            <dt>
              <code>{name}</code>
            </dt>
            <dd>{say(input)}</dd>
          </div>
        ))}
      </dl>
      <p class="hint small">{t("rules_protected")}</p>
    </details>
  );
}

function Compared({ tried }: { readonly tried: Tried }) {
  const { t, language } = useText();
  if (tried.cases.length === 0) return <Blank testId="hr-rules-no-cases" title={t("rules_no_cases")} />;
  const said = (all: readonly Said[]): string =>
    all.map((each) => [lookUp(language, `sug_effect_${each.effect}`) ?? each.effect, each.to && lookUp(language, `sug_stage_${each.to}`), each.tag].filter(Boolean).join(" · ")).join("; ");
  return (
    <div data-testid="hr-rules-compared">
      <h2>{t("rules_changed", { changed: tried.changed, n: tried.cases.length })}</h2>
      <div class="table-box">
        <table>
          <thead>
            <tr>
              <th>{t("rules_case")}</th>
              <th>{t("rules_before")}</th>
              <th>{t("rules_after")}</th>
            </tr>
          </thead>
          <tbody>
            {tried.cases.map((each) => (
              <tr key={each.event_id} class={each.changed ? "changed" : ""} data-changed={each.changed}>
                <td>
                  <strong>{each.applicant_name}</strong> <span class="hint small">{lookUp(language, `sug_event_${each.event.replace(".", "_")}`)}</span>
                </td>
                <td>{said(each.before)}</td>
                <td>{said(each.after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
