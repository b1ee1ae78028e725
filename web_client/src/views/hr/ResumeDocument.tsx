/** The document: pictures of its pages with the facts' places marked, or its lines where it has no pages. */
import { useEffect, useRef, useState } from "preact/hooks";
import { type Box, type Resume, resumePage } from "../../protocol/resumes";
import type { Hr } from "../../state/hr";
import { lookUp } from "../../text/dictionary";
import { Button } from "../parts/Controls";
import { useText } from "../parts/hooks";

interface Shown {
  readonly hr: Hr;
  readonly resume: Resume;
  /** The fact that is pointed at. */
  readonly pointed: string | undefined;
  readonly point: (factId: string) => void;
}

export function ResumeDocument(shown: Shown) {
  const { t } = useText();
  const [bare, setBare] = useState(false);
  const { resume } = shown;
  return (
    <section class="card resume-document" aria-label={t("resume_document")}>
      <Withheld resume={resume} bare={bare} turn={() => setBare(!bare)} />
      {resume.pictures > 0
        ? Array.from({ length: resume.pictures }, (_, index) => <Page key={index} {...shown} number={index + 1} bare={bare} />)
        : resume.lines.length > 0 && <Lines {...shown} bare={bare} />}
    </section>
  );
}

function Withheld({ resume, bare, turn }: { readonly resume: Resume; readonly bare: boolean; readonly turn: () => void }) {
  const { t, language } = useText();
  if (resume.withheld.length === 0) return null;
  const kinds = [...new Set(resume.withheld.map((each) => lookUp(language, `withheld_${each.kind}`) ?? each.kind))];
  return (
    <div class="withheld" data-testid="hr-resume-withheld">
      <p>
        <strong>{t("resume_withheld", { kinds: kinds.join(language === "zh" ? "、" : ", ") })}</strong>
        <span class="hint small">{t("resume_withheld_why")}</span>
      </p>
      <Button testId="hr-resume-uncover" look="quiet" pressed={bare} onClick={turn}>
        {t(bare ? "resume_cover" : "resume_uncover")}
      </Button>
    </div>
  );
}

function Page({ hr, resume, number, pointed, point, bare }: Shown & { readonly number: number; readonly bare: boolean }) {
  const { t } = useText();
  const url = usePicture(hr, resume.id, number);
  const marks = resume.facts.flatMap((fact) =>
    fact.sources.filter((source) => source.page === number && source.box).map((source) => ({ fact, box: source.box as Box })),
  );
  const covers = bare ? [] : resume.withheld.filter((each) => each.page === number && each.box);
  return (
    <figure class="resume-page" data-testid="hr-resume-page">
      <div class="resume-sheet">
        {url && <img src={url} alt={t("resume_page", { n: number })} />}
        {marks.map(({ fact, box }, index) => (
          <Mark key={`${fact.id}-${index}`} box={box} here={fact.id === pointed} doubtful={fact.certainty === "unsure"} point={() => point(fact.id)} />
        ))}
        {covers.map((each, index) => each.box && <i key={index} class="resume-cover" style={placed(each.box, 0.002)} />)}
      </div>
      <figcaption class="hint small">{t("resume_page", { n: number })}</figcaption>
    </figure>
  );
}

/** For the pointer alone: by keyboard one walks the list of facts. */
function Mark(props: { readonly box: Box; readonly here: boolean; readonly doubtful: boolean; readonly point: () => void }) {
  const ref = useRef<HTMLElement>(null);
  useEffect(() => {
    if (props.here) ref.current?.scrollIntoView({ block: "nearest" });
  }, [props.here]);
  const look = `resume-mark${props.here ? " here" : ""}${props.doubtful ? " doubtful" : ""}`;
  return <i ref={ref} class={look} style={placed(props.box, 0.004)} aria-hidden="true" onClick={props.point} data-testid="hr-resume-mark" />;
}

function placed([left, top, right, bottom]: Box, more: number): Record<string, string> {
  const share = (value: number): string => `${(100 * value).toFixed(2)}%`;
  return { left: share(left - more), top: share(top - more), width: share(right - left + 2 * more), height: share(bottom - top + 2 * more) };
}

function Lines({ resume, pointed, point, bare }: Shown & { readonly bare: boolean }) {
  const { t } = useText();
  const at = useRef<HTMLLIElement>(null);
  const here = new Set(resume.facts.find((fact) => fact.id === pointed)?.sources.map((source) => source.line));
  const covered = new Set(bare ? [] : resume.withheld.map((each) => each.line));
  useEffect(() => at.current?.scrollIntoView({ block: "nearest" }), [pointed]);
  return (
    <ol class="resume-lines" data-testid="hr-resume-lines">
      {resume.lines.map((line, index) => {
        const fact = resume.facts.find((each) => each.sources.some((source) => source.line === index));
        return (
          <li
            key={index}
            ref={here.has(index) ? at : null}
            class={`${here.has(index) ? "here" : ""}${fact ? " told" : ""}`}
            {...(fact ? { onClick: () => point(fact.id) } : {})}
          >
            {covered.has(index) ? <i class="resume-cover-line">{t("resume_withheld", { kinds: "…" })}</i> : line.text}
          </li>
        );
      })}
    </ol>
  );
}

function usePicture(hr: Hr, resumeId: string, number: number): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    let made: string | undefined;
    let gone = false;
    void resumePage(hr.token, resumeId, number).then(
      async (response) => {
        const blob = await response.blob();
        if (gone) return;
        made = URL.createObjectURL(blob);
        setUrl(made);
      },
      () => undefined,
    );
    return () => {
      gone = true;
      if (made) URL.revokeObjectURL(made);
    };
  }, [resumeId, number]);
  return url;
}
