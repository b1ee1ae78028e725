/** Who looked at what, newest first. */
import { useState } from "preact/hooks";
import { type AuditLine, auditLog } from "../../protocol/audit";
import { Blank, Button, Title } from "../parts/Controls";
import { useText } from "../parts/hooks";
import type { AreaProps } from "./areas";
import { Trouble } from "./Trouble";
import { useLoaded } from "./useLoaded";

export function AuditLog({ hr }: AreaProps) {
  const { t } = useText();
  const [before, setBefore] = useState<string>();
  const { value: page, problem, again } = useLoaded(hr, `audit ${before}`, () => auditLog(hr.token, before));
  const older = page?.next_cursor ?? undefined;
  return (
    <section class="card" data-testid="hr-audit">
      <Title lead={t("audit_lead")}>{t("audit_title")}</Title>
      {problem && <Trouble problem={problem} again={again} />}
      {!page && !problem && <Blank testId="hr-audit-loading" title={t("loading")} />}
      {page?.items.length === 0 && <Blank testId="hr-audit-empty" title={t("audit_empty")} />}
      {page && page.items.length > 0 && <Lines lines={page.items} />}
      <p class="actions">
        <Button testId="hr-audit-newest" look="quiet" disabled={before === undefined} onClick={() => setBefore(undefined)}>
          {t("audit_newest")}
        </Button>
        <Button testId="hr-audit-older" disabled={older === undefined} onClick={() => setBefore(older)}>
          {t("audit_older")}
        </Button>
      </p>
    </section>
  );
}

function Lines({ lines }: { readonly lines: readonly AuditLine[] }) {
  const { t, language } = useText();
  const when = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "medium" });
  return (
    <div class="table-box">
      <table>
        <thead>
          <tr>
            <th>{t("audit_at")}</th>
            <th>{t("audit_actor")}</th>
            <th>{t("audit_action")}</th>
            <th>{t("audit_subject")}</th>
            <th>{t("audit_detail")}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line, index) => (
            <tr key={index} data-testid="hr-audit-line">
              <td>{when.format(new Date(line.at))}</td>
              <td>{line.actor}</td>
              <td>
                <code>{line.action}</code>
              </td>
              <td>
                <code>{line.subject}</code>
              </td>
              <td>{line.detail}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
