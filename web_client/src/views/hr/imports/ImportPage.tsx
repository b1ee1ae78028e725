/** One import: what every row would do, the deeds, and the passes over it. */
import { useState } from "preact/hooks";
import { doImport, type ImportCheck, importTable, importTableCsv, type WholeImport, wholeImport } from "../../../protocol/imports";
import { Problem } from "../../../protocol/rest";
import { Badge, Blank, Button, Title } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import type { AreaProps } from "../areas";
import { saveBlob } from "../saveBlob";
import { Trouble } from "../Trouble";
import { useLoaded } from "../useLoaded";
import { StateBadge, useKind } from "./Imports";
import { Lines } from "./Lines";

export function ImportPage({ hr, go, open }: AreaProps & { readonly open: string }) {
  const { t } = useText();
  const { value, problem, again } = useLoaded(hr, `import ${open}`, () => wholeImport(hr.token, open));
  return (
    <div class="stack" data-testid="hr-import">
      <p>
        <Button testId="hr-imports-back" look="quiet" onClick={() => go({ name: "area", area: "imports" })}>
          ← {t("import_title")}
        </Button>
      </p>
      {problem && <Trouble problem={problem} again={again} />}
      {!value && !problem && <Blank testId="hr-import-loading" title={t("loading")} />}
      {value && (
        <>
          <Deeds hr={hr} whole={value} again={again} />
          {value.state === "tried" && <Table hr={hr} id={value.id} />}
          {value.state !== "tried" && <Checks whole={value} />}
        </>
      )}
    </div>
  );
}

interface DeedsProps {
  readonly hr: AreaProps["hr"];
  readonly whole: WholeImport;
  readonly again: () => void;
}

function Deeds({ hr, whole, again }: DeedsProps) {
  const { t } = useText();
  const kind = useKind();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [sure, setSure] = useState(false);
  const deed = async (what: "apply" | "undo" | "verifications"): Promise<void> => {
    setBusy(true);
    setSure(false);
    try {
      await doImport(hr.token, whole.id, what);
      setProblem(undefined);
    } catch (error) {
      if (error instanceof Problem) setProblem(error);
    }
    setBusy(false);
    again();
  };
  const { counts, state } = whole;
  return (
    <section class="card">
      <Title lead={`${kind(whole.kind)} · ${t("import_counts", { ...counts })}`}>{whole.file_name}</Title>
      <p class="badges">
        <StateBadge row={whole} />
        {whole.verified && (
          <Badge tone="good" testId="hr-import-verified">
            {t("import_verified")}
          </Badge>
        )}
      </p>
      {problem && <Trouble problem={problem} />}
      <p role="status">{busy ? t("import_working") : ""}</p>
      <div class="actions">
        {(state === "tried" || state === "applying") && (
          <Button testId="hr-import-apply" look="primary" disabled={busy || counts.new + counts.changed === 0} onClick={() => void deed("apply")}>
            {t("import_apply", { n: counts.new + counts.changed })}
          </Button>
        )}
        {state === "applied" && (
          <Button testId="hr-import-verify" look="primary" disabled={busy} onClick={() => void deed("verifications")}>
            {t("import_verify")}
          </Button>
        )}
        {(state === "applied" || state === "applying" || state === "undoing") &&
          (sure ? (
            <Button testId="hr-import-undo-sure" look="danger" disabled={busy} onClick={() => void deed("undo")}>
              {t("import_undo_sure")}
            </Button>
          ) : (
            <Button testId="hr-import-undo" disabled={busy} onClick={() => setSure(true)}>
              {t("import_undo")}
            </Button>
          ))}
      </div>
    </section>
  );
}

function Table({ hr, id }: { readonly hr: AreaProps["hr"]; readonly id: string }) {
  const { t, language } = useText();
  const { value, problem, again } = useLoaded(hr, `import table ${id}`, () => importTable(hr.token, id));
  const take = async (): Promise<void> => {
    saveBlob(await (await importTableCsv(hr.token, id, language)).blob(), `${id}.csv`);
  };
  return (
    <section class="card" aria-labelledby="import-table">
      <div class="row">
        <h2 id="import-table">{t("import_table")}</h2>
        <Button testId="hr-import-csv" look="quiet" onClick={() => void take().catch(() => again())}>
          CSV
        </Button>
      </div>
      {problem && <Trouble problem={problem} again={again} />}
      {!value && !problem && <Blank testId="hr-import-table-loading" title={t("loading")} />}
      {value && (
        <>
          <p class="hint">
            {t("import_encodings", { list: Object.entries(value.encodings).map(([name, n]) => `${name} ${n}`).join(", ") })}
          </p>
          <Lines lines={value.lines} />
          {value.lines.length === value.most_lines && <p class="hint">{t("import_more", { n: value.most_lines })}</p>}
        </>
      )}
    </section>
  );
}

function Checks({ whole }: { readonly whole: WholeImport }) {
  const { t } = useText();
  return (
    <section class="card" aria-labelledby="import-checks">
      <h2 id="import-checks">{t("import_checks")}</h2>
      <p class="hint">{t("import_checks_hint", { n: whole.passes_needed })}</p>
      {whole.checks.length === 0 && <Blank testId="hr-import-checks-empty" title={t("import_checks_none")} />}
      <ul class="checks">
        {whole.checks.map((check) => (
          <CheckRow key={check.number} check={check} />
        ))}
      </ul>
    </section>
  );
}

function CheckRow({ check }: { readonly check: ImportCheck }) {
  const { t, language } = useText();
  const when = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  return (
    <li data-testid="hr-import-check">
      <span>
        {t("import_pass", { n: check.number, rows: check.compared })}
        <small class="hint">
          {" "}
          {check.by} · {when.format(new Date(check.at))}
        </small>
        {check.differences.length > 0 && (
          <small class="hint">
            <br />
            {check.differences.slice(0, 10).map(({ line, path }) => `${line}: ${path || "–"}`).join(" · ")}
          </small>
        )}
      </span>
      <Badge tone={check.clean ? "good" : "bad"}>
        {check.clean ? t("import_clean") : t("import_not_clean", { missing: check.missing, different: check.different })}
      </Badge>
    </li>
  );
}
