/** Old data: the sheets that were tried and brought over, and the form for the next one; or the one that is open. */
import { useState } from "preact/hooks";
import { importList, type ImportRow, type OfferedMapping, tryImport } from "../../../protocol/imports";
import { Problem } from "../../../protocol/rest";
import { lookUp } from "../../../text/dictionary";
import { Badge, Blank, Button, Title, type Tone } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import type { AreaProps } from "../areas";
import { Trouble } from "../Trouble";
import { useLoaded } from "../useLoaded";
import { ImportPage } from "./ImportPage";

const TONES: Readonly<Record<ImportRow["state"], Tone>> = { tried: "still", applying: "accent", applied: "good", undoing: "accent", undone: "fair" };

export function Imports(props: AreaProps) {
  return props.open ? <ImportPage {...props} open={props.open} /> : <ImportList {...props} />;
}

export function StateBadge({ row }: { readonly row: ImportRow }) {
  const { t } = useText();
  return (
    <Badge tone={TONES[row.state]} testId="hr-import-state">
      {t(`import_state_${row.state}`)}
    </Badge>
  );
}

/** What a kind of record is called, or its code from a newer server. */
export function useKind(): (kind: string) => string {
  const { language } = useText();
  return (kind) => lookUp(language, `import_kind_${kind}`) ?? kind;
}

function ImportList({ hr, go }: AreaProps) {
  const { t, language } = useText();
  const kind = useKind();
  const { value, problem, again } = useLoaded(hr, "imports", () => importList(hr.token));
  const when = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const open = (id: string): void => go({ name: "area", area: "imports", open: id });
  return (
    <section class="card" data-testid="hr-imports">
      <Title lead={t("import_lead")}>{t("import_title")}</Title>
      {problem && <Trouble problem={problem} again={again} />}
      {!value && !problem && <Blank testId="hr-imports-loading" title={t("loading")} />}
      {value && <Try hr={hr} mappings={value.mappings} done={open} />}
      {value?.items.length === 0 && <Blank testId="hr-imports-empty" title={t("import_none")} hint={t("import_none_hint")} />}
      {value && value.items.length > 0 && (
        <div class="table-box">
          <table>
            <thead>
              <tr>
                <th>{t("import_file")}</th>
                <th>{t("import_kind")}</th>
                <th>{t("hr_state")}</th>
                <th class="number">{t("import_new")}</th>
                <th class="number">{t("import_changed")}</th>
                <th class="number">{t("import_refused")}</th>
                <th>
                  <span class="unseen">{t("hr_actions")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {value.items.map((row) => (
                <tr key={row.id} data-testid="hr-import-row">
                  <td>
                    <strong>{row.file_name}</strong>
                    <p class="hint small">
                      {row.created_by} · {when.format(new Date(row.created_at))}
                    </p>
                  </td>
                  <td>{kind(row.kind)}</td>
                  <td>
                    <StateBadge row={row} />
                  </td>
                  <td class="number">{row.counts.new}</td>
                  <td class="number">{row.counts.changed}</td>
                  <td class="number">{row.counts.refused}</td>
                  <td class="row-actions">
                    <Button testId="hr-import-open" onClick={() => open(row.id)}>
                      {t("import_open")}
                    </Button>
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

interface TryProps {
  readonly hr: AreaProps["hr"];
  readonly mappings: readonly OfferedMapping[];
  readonly done: (id: string) => void;
}

function Try({ hr, mappings, done }: TryProps) {
  const { t, say } = useText();
  const kindName = useKind();
  const [chosen, setChosen] = useState(mappings[0]?.name ?? "");
  const kinds = mappings.find(({ name }) => name === chosen)?.kinds ?? [];
  const [kind, setKind] = useState("");
  const [file, setFile] = useState<File>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!file) return;
    setBusy(true);
    try {
      done((await tryImport(hr.token, chosen, kind || (kinds[0] ?? ""), file)).id);
    } catch (error) {
      setBusy(false);
      if (error instanceof Problem) setProblem(error);
    }
  };
  return (
    <form class="form" data-testid="hr-import-form" onSubmit={(event) => void send(event)}>
      <label class="field">
        <span>{t("import_mapping")}</span>
        <select data-testid="hr-import-mapping" value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
          {mappings.map(({ name, title }) => (
            <option key={name} value={name}>
              {say(title)}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>{t("import_kind")}</span>
        <select data-testid="hr-import-kind" value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
          {kinds.map((each) => (
            <option key={each} value={each}>
              {kindName(each)}
            </option>
          ))}
        </select>
        <small class="hint">{t("import_order")}</small>
      </label>
      <label class="field">
        <span>{t("import_file")}</span>
        <input
          type="file"
          accept=".csv,.tsv,.txt,text/csv"
          data-testid="hr-import-file"
          onChange={(event) => setFile(event.currentTarget.files?.[0])}
        />
        <small class="hint">{t("import_file_hint")}</small>
      </label>
      {problem && <Trouble problem={problem} />}
      <div class="actions end">
        <Button testId="hr-import-try" type="submit" look="primary" disabled={!file || busy}>
          {t(busy ? "import_trying" : "import_try")}
        </Button>
      </div>
    </form>
  );
}
