/** Before and after, row by row: refusals first, then changes, then what is new. */
import type { ImportLine, RowAction } from "../../../protocol/imports";
import { Badge, Blank, type Tone } from "../../parts/Controls";
import { useText } from "../../parts/hooks";

const TONES: Readonly<Record<RowAction, Tone>> = { new: "good", changed: "accent", same: "still", refused: "bad" };

export function Lines({ lines }: { readonly lines: readonly ImportLine[] }) {
  const { t } = useText();
  if (lines.length === 0) return <Blank testId="hr-import-nothing" title={t("import_nothing")} />;
  return (
    <div class="table-box">
      <table>
        <thead>
          <tr>
            <th class="number">{t("import_line")}</th>
            <th>{t("import_action")}</th>
            <th>{t("import_field")}</th>
            <th>{t("import_before")}</th>
            <th>{t("import_after")}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <Line key={line.line} line={line} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Line({ line }: { readonly line: ImportLine }) {
  const { t, say } = useText();
  const rows = Math.max(1, line.flaws.length + line.differences.length);
  const first = (
    <>
      <td class="number" rowSpan={rows}>
        {line.line}
      </td>
      <td rowSpan={rows}>
        <Badge tone={TONES[line.action]}>{t(`import_${line.action}`)}</Badge>
        <p class="hint small">{line.reason ? say(line.reason) : line.key}</p>
      </td>
    </>
  );
  const cells = [
    ...line.flaws.map((flaw) => (
      <td colSpan={3} key={`flaw ${flaw.to}`}>
        <code>{flaw.column || flaw.to}</code> {say(flaw.problem)}
      </td>
    )),
    ...line.differences.map((difference) => (
      <>
        <td>
          <code>{difference.path}</code>
        </td>
        <td>{shown(difference.before)}</td>
        <td>{shown(difference.after)}</td>
      </>
    )),
  ];
  if (cells.length === 0) cells.push(<td colSpan={3} />);
  return (
    <>
      {cells.map((cell, index) => (
        <tr key={index} data-testid={index === 0 ? "hr-import-line" : undefined} data-action={line.action}>
          {index === 0 && first}
          {cell}
        </tr>
      ))}
    </>
  );
}

function shown(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
