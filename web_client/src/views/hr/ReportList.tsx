/** All reports, the best total first, or one position's: ranks are within a position. "Not assessable" is no low score and has no rank. */
import { useState } from "preact/hooks";
import type { Bilingual } from "../../protocol/generated";
import { type ReportRow, reports } from "../../protocol/rest";
import type { Hr } from "../../state/hr";
import { lookUp } from "../../text/dictionary";
import { Badge, Blank, Button, Title } from "../parts/Controls";
import { useText } from "../parts/hooks";
import type { Go } from "./HrPage";
import { Trouble } from "./Trouble";
import { useLoaded } from "./useLoaded";

export function ReportList({ hr, go }: { readonly hr: Hr; readonly go: Go }) {
  const { t } = useText();
  const { value: rows, problem, again } = useLoaded(hr, "reports", () => reports(hr.token));
  const [position, setPosition] = useState("");
  return (
    <section class="card" data-testid="hr-reports">
      <div class="row">
        <Title lead={t("hr_advice")}>{t("hr_reports")}</Title>
        <span class="actions">
          {rows && <Positions rows={rows} chosen={position} choose={setPosition} />}
          <Button testId="hr-refresh" onClick={again}>
            {t("hr_refresh")}
          </Button>
        </span>
      </div>
      {problem && <Trouble problem={problem} again={again} />}
      {!rows && !problem && <Blank testId="hr-reports-loading" title={t("loading")} />}
      {rows?.length === 0 && <Blank testId="hr-reports-empty" title={t("hr_reports_empty")} hint={t("hr_reports_empty_hint")} />}
      {rows && rows.length > 0 && <Table rows={rows.filter((row) => !position || row.position_id === position)} go={go} />}
    </section>
  );
}

/** Which position's reports are shown; nothing to choose while there is one. */
function Positions(props: { readonly rows: readonly ReportRow[]; readonly chosen: string; readonly choose: (id: string) => void }) {
  const { t, say } = useText();
  const known = new Map(props.rows.map((row) => [row.position_id, row.position]));
  if (known.size < 2) return null;
  return (
    <select
      data-testid="hr-reports-position"
      aria-label={t("hr_position")}
      value={props.chosen}
      onChange={(event) => props.choose(event.currentTarget.value)}
    >
      <option value="">{t("hr_all_positions")}</option>
      {[...known].map(([id, position]) => (
        <option key={id} value={id}>
          {typeof position === "string" ? position : say(position)}
        </option>
      ))}
    </select>
  );
}

function Table({ rows, go }: { readonly rows: readonly ReportRow[]; readonly go: Go }) {
  const { t } = useText();
  return (
    <div class="table-box">
      <table>
        <thead>
          <tr>
            <th class="number">{t("hr_rank")}</th>
            <th>{t("hr_applicant")}</th>
            <th>{t("hr_position")}</th>
            <th class="number">{t("hr_total")}</th>
            <th>{t("hr_state")}</th>
            <th>
              <span class="unseen">{t("hr_actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.id} row={row} go={go} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row, go }: { readonly row: ReportRow; readonly go: Go }) {
  const { t, say, language } = useText();
  const position: Bilingual | string = row.position;
  return (
    <tr data-testid="hr-report-row" data-report={row.id}>
      <td class="number">{row.rank ?? "–"}</td>
      <td>
        <strong>{row.applicant_name}</strong>
        {(row.top || row.decided) && (
          <p class="badges">
            {row.top && (
              <Badge tone="accent" testId="hr-top">
                {t("hr_top")}
              </Badge>
            )}
            {row.decided && (
              <Badge tone="still" testId="hr-decided">
                {t("hr_decided")}
              </Badge>
            )}
          </p>
        )}
      </td>
      <td>
        {typeof position === "string" ? position : say(position)}
        <Dimensions row={row} />
      </td>
      <td class="number">{row.blind ? <Badge tone="accent">{t("hr_blind")}</Badge> : <TotalOrNone total={row.total} />}</td>
      <td>
        <Badge tone={row.state === "failed" ? "bad" : row.state === "completed" ? "good" : "accent"}>
          {lookUp(language, `hr_report_state_${row.state}`) ?? row.state}
        </Badge>
      </td>
      <td class="row-actions">
        <Button testId="hr-scorecard-open" look={row.blind ? "primary" : "quiet"} onClick={() => go({ name: "scorecard", id: row.interview_id })}>
          {t("hr_scorecard")}
        </Button>
        {!row.blind && (
          <Button testId="hr-report-open" look="primary" onClick={() => go({ name: "report", id: row.id })}>
            {t("hr_open_report")}
          </Button>
        )}
      </td>
    </tr>
  );
}

/** Professional, general, culture: what a list can say beside a total. The other views are in the report. */
function Dimensions({ row }: { readonly row: ReportRow }) {
  const { say } = useText();
  const parts = row.views.find((view) => view.id === "dimensions")?.parts ?? [];
  if (parts.length === 0) return null;
  return (
    <p class="hint small" data-testid="hr-report-dimensions">
      {parts.map((part) => `${say(part.label)} ${part.score === null ? "–" : part.score.toFixed(1)}`).join(" · ")}
    </p>
  );
}

function TotalOrNone({ total }: { readonly total: number | null }) {
  const { t } = useText();
  return total === null ? <Badge tone="still">{t("hr_not_assessable")}</Badge> : <Total value={total} />;
}

function Total({ value }: { readonly value: number }) {
  return (
    <span class="total">
      {value.toFixed(1)}
      <span class="total-bar" aria-hidden="true">
        <i style={{ width: `${Math.min(100, Math.max(0, value))}%` }} />
      </span>
    </span>
  );
}
