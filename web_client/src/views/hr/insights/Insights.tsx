/** Decision support: four pictures of the whole, or what is suggested about one person. */
import { Button, Title } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import type { AreaProps } from "../areas";
import { FunnelView } from "./FunnelView";
import { Outcomes } from "./Outcomes";
import { PersonView } from "./PersonView";
import { PoolView } from "./PoolView";
import { Retention } from "./Retention";

const VIEWS = { funnel: FunnelView, pool: PoolView, outcomes: Outcomes, retention: Retention } as const;
type View = keyof typeof VIEWS;

const isView = (name: string): name is View => name in VIEWS;

export function Insights(props: AreaProps) {
  const { t } = useText();
  const { open = "funnel", go } = props;
  if (!isView(open)) return <PersonView {...props} open={open} />;
  const Shown = VIEWS[open];
  return (
    <div class="stack" data-testid="hr-insights">
      <section class="card">
        <Title lead={t("insight_lead")}>{t("insight_title")}</Title>
        <nav class="tabs" aria-label={t("insight_title")}>
          {(Object.keys(VIEWS) as View[]).map((name) => (
            <a
              key={name}
              href={`?area=insights&open=${name}`}
              data-testid={`hr-insight-${name}`}
              aria-current={name === open ? "page" : undefined}
              onClick={(event) => {
                event.preventDefault();
                go({ name: "area", area: "insights", open: name });
              }}
            >
              {t(`insight_${name}`)}
            </a>
          ))}
        </nav>
      </section>
      <Shown {...props} />
    </div>
  );
}

export function PersonLink({ id, name, go }: { readonly id: string; readonly name: string; readonly go: AreaProps["go"] }) {
  return (
    <Button testId="hr-insight-person-open" look="quiet" onClick={() => go({ name: "area", area: "insights", open: id })}>
      {name || id}
    </Button>
  );
}
