/** All résumés, the newest first, and the way in: many files at a time, each with its own answer. */
import { useEffect, useState } from "preact/hooks";
import type { Bilingual } from "../../protocol/generated";
import { positions, Problem } from "../../protocol/rest";
import { type ResumeRow, resumes, sendResume } from "../../protocol/resumes";
import type { Hr } from "../../state/hr";
import { RESUME_FILES, STATE_TONES } from "../../state/resume";
import { lookUp } from "../../text/dictionary";
import { Badge, Blank, Button, Title } from "../parts/Controls";
import { useText } from "../parts/hooks";
import type { AreaProps } from "./areas";
import type { Go } from "./HrPage";
import { ResumeView } from "./ResumeView";
import { Trouble } from "./Trouble";
import { useLoaded } from "./useLoaded";

const LOOK_AGAIN_MS = 1_500;

export function Resumes({ hr, open, go }: AreaProps) {
  return open ? <ResumeView hr={hr} resumeId={open} go={go} /> : <ResumeList hr={hr} go={go} />;
}

function ResumeList({ hr, go }: { readonly hr: Hr; readonly go: Go }) {
  const { t } = useText();
  const { value: rows, problem, again } = useLoaded(hr, "resumes", () => resumes(hr.token));
  const waits = rows?.some((row) => row.state === "queued" || row.state === "reading") ?? false;
  useEffect(() => {
    if (!waits) return undefined;
    const timer = setTimeout(again, LOOK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [rows, waits]);
  return (
    <section class="card" data-testid="hr-resumes">
      <div class="row">
        <Title lead={t("resumes_lead")}>{t("hr_resumes")}</Title>
        <Button testId="hr-refresh" onClick={again}>
          {t("hr_refresh")}
        </Button>
      </div>
      <Upload hr={hr} sent={again} />
      {problem && <Trouble problem={problem} again={again} />}
      {!rows && !problem && <Blank testId="hr-resumes-loading" title={t("loading")} />}
      {rows?.length === 0 && <Blank testId="hr-resumes-empty" title={t("resumes_empty")} hint={t("resumes_empty_hint")} />}
      {rows && rows.length > 0 && <Table rows={rows} go={go} />}
    </section>
  );
}

interface Outcome {
  readonly sent: number;
  readonly same: number;
  readonly refused: readonly { readonly name: string; readonly why: Bilingual }[];
}

function Upload({ hr, sent }: { readonly hr: Hr; readonly sent: () => void }) {
  const { t, say } = useText();
  const { value: offered, problem } = useLoaded(hr, "positions", () => positions(hr.token));
  const [position, setPosition] = useState("");
  const [progress, setProgress] = useState<{ done: number; total: number }>();
  const [outcome, setOutcome] = useState<Outcome>();
  const positionId = position || (offered?.length === 1 ? (offered[0]?.id ?? "") : "");
  const send = async (files: readonly File[]): Promise<void> => {
    let found: Outcome = { sent: 0, same: 0, refused: [] };
    setOutcome(undefined);
    for (const [index, file] of files.entries()) {
      setProgress({ done: index + 1, total: files.length });
      try {
        const taken = await sendResume(hr.token, file, positionId);
        found = taken.new ? { ...found, sent: found.sent + 1 } : { ...found, same: found.same + 1 };
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        found = { ...found, refused: [...found.refused, { name: file.name, why: error.text }] };
      }
    }
    setProgress(undefined);
    setOutcome(found);
    sent();
  };
  if (problem) return <Trouble problem={problem} />;
  const ready = positionId !== "" && !progress;
  return (
    <div
      class="resume-drop"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        if (ready) void send([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <label class="field">
        <span>{t("resumes_position")}</span>
        <select data-testid="hr-resume-position" value={positionId} onChange={(event) => setPosition(event.currentTarget.value)}>
          <option value="" disabled>
            {t("hr_position_choose")}
          </option>
          {offered?.map((each) => (
            <option key={each.id} value={each.id}>
              {say(each.title)}
            </option>
          ))}
        </select>
      </label>
      <label class={`button primary file-button${ready ? "" : " off"}`}>
        {t("resumes_send")}
        <input
          type="file"
          multiple
          accept={RESUME_FILES}
          disabled={!ready}
          data-testid="hr-resume-files"
          onChange={(event) => {
            const files = [...(event.currentTarget.files ?? [])];
            event.currentTarget.value = "";
            void send(files);
          }}
        />
      </label>
      <p class="hint small">{t("resumes_drop")}</p>
      <div role="status" class="resume-outcome" data-testid="hr-resume-outcome">
        {progress && t("resumes_sending", progress)}
        {outcome && outcome.sent > 0 && <p>{t("resumes_sent", { n: outcome.sent })}</p>}
        {outcome && outcome.same > 0 && <p>{t("resumes_same", { n: outcome.same })}</p>}
        {outcome?.refused.map((each) => (
          <p key={each.name} class="refused">
            {t("resumes_refused", { name: each.name, why: say(each.why) })}
          </p>
        ))}
      </div>
    </div>
  );
}

function Table({ rows, go }: { readonly rows: readonly ResumeRow[]; readonly go: Go }) {
  const { t, say, language } = useText();
  return (
    <div class="table-box">
      <table>
        <thead>
          <tr>
            <th>{t("hr_applicant")}</th>
            <th>{t("resume_file")}</th>
            <th>{t("resume_state")}</th>
            <th>{t("resume_sent_at")}</th>
            <th>
              <span class="unseen">{t("hr_actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} data-testid="hr-resume-row" data-state={row.state}>
              <td>
                <strong>{row.applicant_name}</strong>
              </td>
              <td class="resume-name">{row.filename}</td>
              <td class="resume-told">
                <Badge tone={STATE_TONES[row.state]}>{lookUp(language, `resume_state_${row.state}`) ?? row.state}</Badge>
                {row.reason && <p class="hint small">{say(row.reason)}</p>}
              </td>
              <td>{new Date(row.uploaded_at).toLocaleString(language, { dateStyle: "short", timeStyle: "short" })}</td>
              <td class="row-actions">
                <Button testId="hr-resume-open" look="primary" onClick={() => go({ name: "area", area: "resumes", open: row.id })}>
                  {t("resume_open")}
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
