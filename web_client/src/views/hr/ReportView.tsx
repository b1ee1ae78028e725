/**
 * A report as the server renders it, for HR or as the candidate gets it, in a frame that may run nothing; PDF and JSON to take away. The frame is filled
 * through `srcdoc`, so that the report's own paths (its recordings) are paths of this server.
 */
import { useState } from "preact/hooks";
import type { Language } from "../../protocol/codec";
import { type Edition, Problem, report } from "../../protocol/rest";
import type { Hr } from "../../state/hr";
import { Blank, Button, Segments, Title } from "../parts/Controls";
import { useText } from "../parts/hooks";
import type { Go } from "./HrPage";
import { playEvidence } from "./playEvidence";
import { Trouble } from "./Trouble";
import { useLoaded } from "./useLoaded";

const DOWNLOADS = { pdf: "application/pdf", json: "application/json" } as const;

export function ReportView({ hr, reportId, go }: { readonly hr: Hr; readonly reportId: string; readonly go: Go }) {
  const { t, language } = useText();
  const [edition, setEdition] = useState<Edition>("hr");
  const page = useLoaded(hr, `${reportId}/${language}/${edition}`, () => readPage(hr.token, reportId, language, edition));
  const [failed, setFailed] = useState<Problem>();
  const download = async (kind: keyof typeof DOWNLOADS): Promise<void> => {
    setFailed(undefined);
    try {
      const file = await report(hr.token, reportId, DOWNLOADS[kind], language, edition);
      save(await file.blob(), kind === "json" ? `${reportId}.json` : `${reportId}-${edition}-${language}.pdf`);
    } catch (error) {
      if (error instanceof Problem) setFailed(error);
    }
  };
  return (
    <div class="report" data-testid="hr-report">
      <div class="watch-head">
        <Button testId="hr-back" look="quiet" onClick={() => go({ name: "reports" })}>
          ← {t("hr_back")}
        </Button>
        <Title lead={t("hr_advice")}>{t("hr_report")}</Title>
        <span class="actions">
          <Segments
            label={t("hr_edition")}
            value={edition}
            choose={setEdition}
            choices={[
              { value: "hr", label: t("hr_edition_hr"), testId: "hr-edition-hr" },
              { value: "candidate", label: t("hr_edition_candidate"), testId: "hr-edition-candidate" },
            ]}
          />
          <Button testId="hr-report-pdf" onClick={() => void download("pdf")}>
            {t("hr_pdf")}
          </Button>
          <Button testId="hr-report-json" onClick={() => void download("json")}>
            {t("hr_json")}
          </Button>
        </span>
      </div>
      {failed && <Trouble problem={failed} />}
      {page.problem && <Trouble problem={page.problem} again={page.again} />}
      {!page.value && !page.problem && <Blank testId="hr-report-loading" title={t("loading")} />}
      {page.value && (
        <iframe
          class="report-frame"
          title={t("hr_report")}
          srcdoc={page.value}
          sandbox="allow-same-origin"
          data-testid="hr-report-frame"
          onLoad={(event) => playEvidence(event.currentTarget.contentDocument)}
        />
      )}
    </div>
  );
}

async function readPage(token: string, reportId: string, language: Language, edition: Edition): Promise<string> {
  return (await report(token, reportId, "text/html", language, edition)).text();
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun reading it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
