/** One résumé: the document at one side, what was read of it at the other; a fact that has the focus shows where it stands. */
import { useEffect, useState } from "preact/hooks";
import { type Correction, correct, deleteResume, readAgain, resume as load, resumeFile, type Resume } from "../../protocol/resumes";
import { Problem } from "../../protocol/rest";
import type { Hr } from "../../state/hr";
import { STATE_TONES } from "../../state/resume";
import { lookUp } from "../../text/dictionary";
import { Badge, Blank, Button, Dialog, Title } from "../parts/Controls";
import { useText } from "../parts/hooks";
import { FactList } from "./FactList";
import type { Go } from "./HrPage";
import { ResumeDocument } from "./ResumeDocument";
import { saveBlob } from "./saveBlob";
import { Trouble } from "./Trouble";
import { useLoaded } from "./useLoaded";

const LOOK_AGAIN_MS = 1_500;

export function ResumeView({ hr, resumeId, go }: { readonly hr: Hr; readonly resumeId: string; readonly go: Go }) {
  const { t, say, language } = useText();
  const { value: loaded, problem: unloaded, again } = useLoaded(hr, resumeId, () => load(hr.token, resumeId));
  const [changed, setChanged] = useState<Resume>();
  const [problem, setProblem] = useState<Problem>();
  const [pointed, setPointed] = useState<string>();
  const [deleting, setDeleting] = useState(false);
  const shown = changed ?? loaded;
  const waits = shown?.state === "queued" || shown?.state === "reading";
  useEffect(() => {
    if (!waits) return undefined;
    const timer = setTimeout(() => {
      setChanged(undefined);
      again();
    }, LOOK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [shown, waits]);
  const attempt = async (work: () => Promise<Resume>): Promise<boolean> => {
    try {
      setChanged(await work());
      setProblem(undefined);
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      return false;
    }
  };
  const save = (correction: Correction): Promise<boolean> => attempt(() => correct(hr.token, resumeId, correction));
  const remove = async (): Promise<void> => {
    await deleteResume(hr.token, resumeId);
    go({ name: "area", area: "resumes" });
  };
  const notes = shown?.notes.filter((note) => note !== null) ?? [];
  return (
    <div class="resume" data-testid="hr-resume" data-state={shown?.state}>
      <div class="watch-head">
        <Button testId="hr-back" look="quiet" onClick={() => go({ name: "area", area: "resumes" })}>
          ← {t("resume_back")}
        </Button>
        <Title>{shown?.applicant_name ?? t("hr_resumes")}</Title>
        {shown && <Badge tone={STATE_TONES[shown.state]}>{lookUp(language, `resume_state_${shown.state}`) ?? shown.state}</Badge>}
        {shown && (
          <span class="actions">
            <Button testId="hr-resume-download" look="quiet" onClick={() => void download(hr, shown)}>
              {t("resume_download")}
            </Button>
            {shown.state === "unread" && (
              <Button testId="hr-resume-again" onClick={() => void attempt(() => readAgain(hr.token, resumeId))}>
                {t("resume_again")}
              </Button>
            )}
            <Button testId="hr-resume-delete" look="danger" onClick={() => setDeleting(true)}>
              {t("resume_delete")}
            </Button>
          </span>
        )}
      </div>
      {unloaded && <Trouble problem={unloaded} again={again} />}
      {problem && <Trouble problem={problem} />}
      {!shown && !unloaded && <Blank testId="hr-resume-loading" title={t("loading")} />}
      {shown && [shown.reason, ...notes].map((told) => told && <p key={told.code} class="resume-note" data-testid="hr-resume-note">{say(told)}</p>)}
      {waits && <Blank testId="hr-resume-waiting" title={t("resume_waiting")} />}
      {shown && !waits && (
        <div class="resume-grid">
          <ResumeDocument hr={hr} resume={shown} pointed={pointed} point={setPointed} />
          <FactList resume={shown} pointed={pointed} point={setPointed} save={save} />
        </div>
      )}
      {shown && (
        <p class="hint small">
          {t("resume_kept_until", { date: new Date(shown.delete_after).toLocaleDateString(language) })}
          {shown.corrections.length > 0 && ` · ${t("resume_corrections", { n: shown.corrections.length, who: shown.corrections.at(-1)?.by ?? "" })}`}
        </p>
      )}
      {deleting && (
        <Dialog title={t("resume_delete")} testId="hr-resume-delete-dialog" close={() => setDeleting(false)}>
          <p>{t("resume_delete_sure")}</p>
          <div class="actions end">
            <Button testId="hr-resume-keep" onClick={() => setDeleting(false)}>
              {t("cancel")}
            </Button>
            <Button testId="hr-resume-delete-sure" look="danger" onClick={() => void remove()}>
              {t("resume_delete")}
            </Button>
          </div>
        </Dialog>
      )}
    </div>
  );
}

/** As it was sent, saved and never opened in the browser. */
async function download(hr: Hr, shown: Resume): Promise<void> {
  saveBlob(await (await resumeFile(hr.token, shown.id)).blob(), shown.filename || shown.id);
}
