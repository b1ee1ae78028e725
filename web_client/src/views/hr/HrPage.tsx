/** HR's page: the frame, and which of its views is shown. */
import { useEffect, useState } from "preact/hooks";
import { type Hr, RECRUITERS, WATCHERS } from "../../state/hr";
import { keepLanguage } from "../../state/kept";
import { TAGS } from "../../text/dictionary";
import { Button, LanguageSwitch } from "../parts/Controls";
import { LanguageContext, useStore, useText } from "../parts/hooks";
import { AreaView, More } from "./More";
import { InviteForm } from "./InviteForm";
import { LiveTable } from "./LiveTable";
import { ReportList } from "./ReportList";
import { ReportView } from "./ReportView";
import { type Route, routeOf, searchOf } from "./route";
import { ScorecardView } from "./ScorecardView";
import { SignIn } from "./SignIn";
import { WatchView } from "./WatchView";

export type Go = (route: Route) => void;

export function HrPage({ hr }: { readonly hr: Hr }) {
  const { language, signedIn } = useStore(hr.store);
  const [route, go] = useRoute();
  useEffect(() => {
    document.documentElement.lang = TAGS[language];
  }, [language]);
  return (
    <LanguageContext.Provider value={language}>
      <div class="page">
        <HrBar hr={hr} route={route} go={go} />
        <main class="wide">{signedIn ? <View hr={hr} route={route} go={go} /> : <SignIn hr={hr} />}</main>
      </div>
    </LanguageContext.Provider>
  );
}

function View({ hr, route, go }: { readonly hr: Hr; readonly route: Route; readonly go: Go }) {
  switch (route.name) {
    case "live":
      return hr.may(WATCHERS) ? <LiveTable hr={hr} go={go} /> : <More hr={hr} go={go} />;
    case "reports":
      return <ReportList hr={hr} go={go} />;
    case "invite":
      return <InviteForm hr={hr} />;
    case "more":
      return <More hr={hr} go={go} />;
    case "area":
      return <AreaView key={`${route.area} ${route.open}`} hr={hr} area={route.area} open={route.open} go={go} />;
    case "interview":
      return <WatchView key={route.id} hr={hr} interviewId={route.id} go={go} />;
    case "scorecard":
      return <ScorecardView key={route.id} hr={hr} interviewId={route.id} go={go} />;
    case "report":
      return <ReportView key={route.id} hr={hr} reportId={route.id} go={go} />;
  }
}

function useRoute(): [Route, Go] {
  const [route, setRoute] = useState(() => routeOf(location.search));
  useEffect(() => {
    const back = (): void => setRoute(routeOf(location.search));
    window.addEventListener("popstate", back);
    return () => window.removeEventListener("popstate", back);
  }, []);
  const go: Go = (next) => {
    history.pushState(null, "", location.pathname + searchOf(next));
    setRoute(next);
  };
  return [route, go];
}

const TABS = ["live", "reports", "invite", "more"] as const;

function HrBar({ hr, route, go }: { readonly hr: Hr; readonly route: Route; readonly go: Go }) {
  const { t } = useText();
  const { signedIn } = useStore(hr.store);
  const at = route.name === "interview" ? "live" : "id" in route ? "reports" : route.name === "area" ? "more" : route.name;
  return (
    <header class="bar">
      <div class="bar-who">
        <span class="mark" aria-hidden="true" />
        <span class="bar-name">Viva</span>
        {signedIn && (
          <nav class="tabs" aria-label={t("hr_title")}>
            {TABS.filter((name) => name === "more" || hr.may(name === "invite" ? RECRUITERS : WATCHERS)).map((name) => (
              <a
                key={name}
                href={`/hr${searchOf({ name })}`}
                data-testid={`hr-tab-${name}`}
                aria-current={name === at ? "page" : undefined}
                onClick={(event) => {
                  event.preventDefault();
                  go({ name });
                }}
              >
                {t(`hr_${name}`)}
              </a>
            ))}
          </nav>
        )}
      </div>
      <div class="bar-end">
        {signedIn && <span class="hr-user">{signedIn.user.name}</span>}
        {signedIn && (
          <Button testId="hr-sign-out" look="quiet" onClick={() => hr.signOut()}>
            {t("hr_sign_out")}
          </Button>
        )}
        <LanguageSwitch
          choose={(language) => {
            hr.switchLanguage(language);
            keepLanguage(language);
          }}
        />
      </div>
    </header>
  );
}
