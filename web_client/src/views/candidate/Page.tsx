/** Which screen: decided by the stage of the page and the phase of the interview, nothing else. */
import { useEffect } from "preact/hooks";
import type { Interview } from "../../state/interview";
import type { Phase } from "../../protocol/generated";
import type { Joined } from "../../protocol/rest";
import { TAGS } from "../../text/dictionary";
import { LanguageContext, useStore, useText } from "../parts/hooks";
import { Blank } from "../parts/Controls";
import { Consent } from "./Consent";
import { DeviceCheck } from "./DeviceCheck";
import { Finish } from "./Finish";
import { Guide } from "./Guide";
import { Footer, Header } from "./Frame";
import { InLine } from "./InLine";
import { Complaint, Overlay } from "./Overlay";
import { Practice } from "./Practice";
import { QuestionScreen } from "./QuestionScreen";
import { Elsewhere, Failed, Refusal, Stopped } from "./Stopped";
import { Welcome } from "./Welcome";

export function Page({ interview }: { readonly interview: Interview }) {
  const stage = useStore(interview.stage);
  const { language } = useStore(interview.store);
  useEffect(() => {
    document.documentElement.lang = TAGS[language];
  }, [language]);
  const joined = stage.name === "welcome" || stage.name === "talking" ? stage.joined : undefined;
  return (
    <LanguageContext.Provider value={language}>
      <div class="page">
        <Header interview={interview} joined={joined} />
        <main>
          {stage.name === "loading" && <Loading />}
          {stage.name === "failed" && <Failed problem={stage.problem} again={() => void interview.arrive()} />}
          {stage.name === "welcome" && <Welcome interview={interview} joined={stage.joined} />}
          {stage.name === "talking" && <Talking interview={interview} joined={stage.joined} />}
        </main>
        <Footer interview={interview} />
      </div>
    </LanguageContext.Provider>
  );
}

function Loading() {
  const { t } = useText();
  return <Blank testId="loading" title={t("loading")} />;
}

const ENDED: ReadonlySet<Phase> = new Set<Phase>(["closing", "scoring", "reported"]);

function Talking({ interview, joined }: { readonly interview: Interview; readonly joined: Joined }) {
  const { phase, refusal, finished, welcome, waiting } = useStore(interview.store);
  const name = phase?.phase;
  useEffect(() => {
    document.title = welcome ? `${welcome.position[interview.store.state.language]} · Viva` : "Viva";
    window.scrollTo({ top: 0 });
  }, [name, phase?.question?.id]);

  // After a reload there is only the receipt; before the receipt there is only the phase.
  const reason = finished?.reason ?? phase?.reason;
  if (name === "expired" || reason === "expired") return <Stopped kind="expired" />;
  if (reason === "withdrawn" || (name === "withdrawn" && reason !== "ended_by_hr")) return <Stopped kind="withdrawn" />;
  if (finished || name === "withdrawn" || (name && ENDED.has(name))) return <Finish interview={interview} joined={joined} />;
  if (refusal?.code === "opened_elsewhere") return <Elsewhere here={() => interview.continueHere()} />;
  if (refusal) return <Refusal refusal={refusal} again={() => interview.startOver()} />;
  if (!name) return waiting ? <InLine interview={interview} waiting={waiting} /> : <Loading />;
  return (
    <>
      <Screen interview={interview} joined={joined} phase={name} />
      <Complaint interview={interview} />
      <Overlay interview={interview} />
    </>
  );
}

function Screen({ interview, joined, phase }: { readonly interview: Interview; readonly joined: Joined; readonly phase: Phase }) {
  const { phase: state } = interview.store.state;
  switch (phase) {
    case "invited":
    case "consent":
    case "human_requested":
      return <Consent interview={interview} joined={joined} />;
    case "device_check":
      return <DeviceCheck interview={interview} />;
    case "practice":
      return <Practice interview={interview} />;
    case "guide":
      return <Guide interview={interview} />;
    default:
      // Asking, or standing still on top of something: the question stays visible underneath.
      return state?.question ? <QuestionScreen interview={interview} joined={joined} question={state.question} /> : <Standing />;
  }
}

function Standing() {
  const { t } = useText();
  return <Blank testId="standing" title={t("loading")} />;
}
