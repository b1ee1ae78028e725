/** What became of the promises to other systems: rates, what lies undelivered and why, and comparison. */
import { useState } from "preact/hooks";
import { type DestinationRates, type Overview, overview, type Share, type State } from "../../../protocol/deliveries";
import { Blank, Segments, Title } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import type { AreaProps } from "../areas";
import { Trouble } from "../Trouble";
import { useLoaded } from "../useLoaded";
import { Comparisons } from "./Comparisons";
import { Destinations } from "./Destinations";
import { Letters } from "./Letters";

const WINDOWS = [1, 7, 30] as const;
const STATES: readonly State[] = ["queued", "delivering", "waiting", "acknowledged", "dead"];

export function Deliveries({ hr }: AreaProps) {
  const { t } = useText();
  const [days, setDays] = useState<(typeof WINDOWS)[number]>(30);
  const { value, problem, again } = useLoaded(hr, `deliveries ${days}`, () => overview(hr.token, days));
  return (
    <div class="stack" data-testid="hr-deliveries">
      <section class="card">
        <div class="row">
          <Title lead={t("sync_lead")}>{t("sync_title")}</Title>
          <Segments
            label={t("sync_days")}
            value={days}
            choose={setDays}
            choices={WINDOWS.map((each) => ({ value: each, label: t(`sync_days_${each}`), testId: `hr-sync-days-${each}` }))}
          />
        </div>
        {problem && <Trouble problem={problem} again={again} />}
        {!value && !problem && <Blank testId="hr-deliveries-loading" title={t("loading")} />}
        {value && <Rates rates={value.rates} />}
      </section>
      {value && (
        <>
          <Letters hr={hr} again={again} />
          <Comparisons hr={hr} comparisons={value.comparisons} again={again} />
          <Standing destinations={value.destinations} />
          <Destinations hr={hr} />
        </>
      )}
    </div>
  );
}

function Rates({ rates }: { readonly rates: readonly DestinationRates[] }) {
  const { t } = useText();
  return (
    <>
      <p class="hint">{t("sync_rates_hint")}</p>
      <div class="table-box">
        <table>
          <thead>
            <tr>
              <th>{t("sync_destination")}</th>
              <th>{t("sync_success")}</th>
              <th>{t("sync_conflict")}</th>
              <th>{t("sync_integration")}</th>
            </tr>
          </thead>
          <tbody>
            {rates.map((each) => (
              <tr key={each.destination} data-testid="hr-sync-rates" data-destination={each.destination}>
                <th scope="row">{each.destination === "total" ? t("sync_total") : each.destination}</th>
                {[each.sync_success, each.conflict, each.integration].map((share, index) => (
                  <td key={index}>
                    <ShareText share={share} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function ShareText({ share }: { readonly share: Share }) {
  const { t } = useText();
  if (share.value === null) return <span class="hint">{t("sync_nothing")}</span>;
  return (
    <span class="share">
      <strong>{percent(share.value)}</strong>
      <span class="hint small">
        {percent(share.low)} – {percent(share.high)}, {t("sync_of", { of: share.of })}
      </span>
    </span>
  );
}

/** One digit after the point, and never 100 % of what is not all. */
export function percent(value: number): string {
  const shown = value === 1 ? "100" : Math.min(value * 100, 99.9).toFixed(1);
  return `${shown} %`;
}

function Standing({ destinations }: { readonly destinations: Overview["destinations"] }) {
  const { t } = useText();
  return (
    <section class="card" aria-labelledby="sync-now">
      <h2 id="sync-now">{t("sync_now")}</h2>
      <div class="table-box">
        <table>
          <thead>
            <tr>
              <th>{t("sync_destination")}</th>
              {STATES.map((state) => (
                <th key={state} class="number">
                  {t(`sync_state_${state}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {destinations.map((each) => (
              <tr key={each.name} data-testid="hr-sync-standing">
                <th scope="row">{each.name}</th>
                {STATES.map((state) => (
                  <td key={state} class="number">
                    {each[state]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
