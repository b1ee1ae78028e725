/** The list of pages that are not needed every day, and the one of them that is open. */
import { Blank, Title } from "../parts/Controls";
import { useText } from "../parts/hooks";
import { type AreaProps, AREAS } from "./areas";
import type { Hr } from "../../state/hr";
import type { Go } from "./HrPage";
import { searchOf } from "./route";

export function More({ hr, go }: { readonly hr: Hr; readonly go: Go }) {
  const { t } = useText();
  return (
    <section class="card" data-testid="hr-areas">
      <Title>{t("hr_more")}</Title>
      <ul class="areas">
        {AREAS.filter(({ roles }) => hr.may(roles)).map(({ name, title, lead }) => (
          <li key={name}>
            <a
              href={`/hr${searchOf({ name: "area", area: name })}`}
              data-testid={`hr-area-${name}`}
              onClick={(event) => {
                event.preventDefault();
                go({ name: "area", area: name });
              }}
            >
              <strong>{t(title)}</strong>
              <span class="hint">{t(lead)}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function AreaView({ area, ...props }: AreaProps & { readonly area: string }) {
  const { t } = useText();
  const found = AREAS.find(({ name }) => name === area);
  if (!found) return <Blank testId="hr-area-unknown" title={t("hr_area_unknown")} />;
  const Page = found.page;
  return <Page {...props} />;
}
