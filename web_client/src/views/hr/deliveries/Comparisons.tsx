/** Is what was sent what they hold? The newest comparison of each destination, and its differences field by field. */
import { useState } from "preact/hooks";
import { type Comparison, differences, reconcile } from "../../../protocol/deliveries";
import { Problem } from "../../../protocol/rest";
import { Badge, Blank, Button } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import type { AreaProps } from "../areas";
import { Trouble } from "../Trouble";
import { useLoaded } from "../useLoaded";

const DAYS = 30;

interface Props {
  readonly hr: AreaProps["hr"];
  readonly comparisons: readonly Comparison[];
  readonly again: () => void;
}

export function Comparisons({ hr, comparisons, again }: Props) {
  const { t } = useText();
  const [told, setTold] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const begin = async (): Promise<void> => {
    try {
      await reconcile(hr.token, DAYS);
      setTold(t("sync_comparing"));
      setProblem(undefined);
    } catch (error) {
      if (error instanceof Problem) setProblem(error);
    }
  };
  return (
    <section class="card" aria-labelledby="sync-comparisons" data-testid="hr-comparisons">
      <div class="row">
        <h2 id="sync-comparisons">{t("sync_comparisons")}</h2>
        <span class="actions">
          <Button testId="hr-compare" onClick={() => void begin()}>
            {t("sync_compare")}
          </Button>
          <Button testId="hr-compare-refresh" look="quiet" onClick={again}>
            {t("sync_refresh")}
          </Button>
        </span>
      </div>
      <p class="hint">{t("sync_comparisons_hint")}</p>
      <p role="status">{told}</p>
      {problem && <Trouble problem={problem} />}
      {comparisons.length === 0 && <Blank testId="hr-comparisons-empty" title={t("sync_compared_never")} />}
      {comparisons.map((each) => (
        <One key={each.id} hr={hr} comparison={each} />
      ))}
    </section>
  );
}

function One({ hr, comparison }: { readonly hr: AreaProps["hr"]; readonly comparison: Comparison }) {
  const { t, language } = useText();
  const [open, setOpen] = useState(false);
  const { records, in_conflict: differ, unreadable } = comparison;
  const day = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(comparison.ended_at));
  return (
    <div class="comparison" data-testid="hr-comparison">
      <p class="badges">
        <strong>{comparison.destination}</strong>
        <Badge tone={differ ? "bad" : "good"}>{differ}</Badge>
        <span>{t("sync_compared", { records, day, differ, unreadable })}</span>
      </p>
      {!comparison.listed && <p class="hint small">{t("sync_unlisted")}</p>}
      {differ + unreadable > 0 && !open && (
        <Button testId="hr-differences-show" look="quiet" onClick={() => setOpen(true)}>
          {t("sync_differences")}
        </Button>
      )}
      {open && <Differences hr={hr} id={comparison.id} />}
    </div>
  );
}

function Differences({ hr, id }: { readonly hr: AreaProps["hr"]; readonly id: number }) {
  const { t } = useText();
  const { value: page, problem, again } = useLoaded(hr, `differences ${id}`, () => differences(hr.token, id));
  if (problem) return <Trouble problem={problem} again={again} />;
  if (!page) return <Blank testId="hr-differences-loading" title={t("loading")} />;
  return (
    <div class="table-box">
      <table>
        <tbody>
          {page.items.map((each, index) => (
            <tr key={index} data-testid="hr-difference">
              <td>{t(`sync_${each.what}`)}</td>
              <td>
                <code>{each.field || t("sync_whole_record")}</code>
              </td>
              <td>
                <code>{each.subject || each.message_id}</code>
              </td>
              <td>
                <code>{each.detail}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
