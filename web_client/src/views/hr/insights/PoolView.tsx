/** The talent pool, found by name, skill or strength. */
import { useEffect, useState } from "preact/hooks";
import { readPool } from "../../../protocol/insights";
import { Badge, Blank } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import type { AreaProps } from "../areas";
import { Trouble } from "../Trouble";
import { useLoaded } from "../useLoaded";
import { PersonLink } from "./Insights";

const SETTLE_MS = 300;

export function PoolView({ hr, go }: AreaProps) {
  const { t, say } = useText();
  const [typed, setTyped] = useState("");
  const [text, setText] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setText(typed), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const { value, problem, again } = useLoaded(hr, `pool ${text}`, () => readPool(hr.token, text));
  return (
    <section class="card" data-testid="hr-pool">
      <label class="field">
        <span>{t("insight_search")}</span>
        <input type="search" data-testid="hr-pool-search" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
      </label>
      {problem && <Trouble problem={problem} again={again} />}
      {!value && !problem && <Blank testId="hr-pool-loading" title={t("loading")} />}
      {value?.items.length === 0 && <Blank testId="hr-pool-empty" title={t(text ? "insight_not_found" : "insight_pool_empty")} />}
      {value && value.items.length > 0 && (
        <div class="table-box">
          <table>
            <thead>
              <tr>
                <th>{t("hr_applicant")}</th>
                <th>{t("hr_position")}</th>
                <th class="number">{t("hr_total")}</th>
                <th>{t("insight_tags")}</th>
              </tr>
            </thead>
            <tbody>
              {value.items.map((talent) => (
                <tr key={talent.person_id} data-testid="hr-pool-row">
                  <td>
                    <PersonLink id={talent.person_id} name={talent.name} go={go} />
                  </td>
                  <td>{say(talent.position)}</td>
                  <td class="number">{talent.total?.toFixed(1) ?? "–"}</td>
                  <td>
                    <span class="badges">
                      {talent.tags.map((tag) => (
                        <Badge key={tag.key} tone={tag.strength ? "good" : "fair"}>
                          {t(tag.strength ? "insight_strong" : "insight_weak", { what: say(tag.label), n: tag.score.toFixed(0) })}
                        </Badge>
                      ))}
                      {talent.skills.map((skill) => (
                        <Badge key={skill} tone="still">
                          {skill}
                        </Badge>
                      ))}
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
