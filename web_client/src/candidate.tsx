/** The candidate's page: puts the pieces together, and listens to what only a page can hear. */
import { render } from "preact";
import { Interview } from "./state/interview";
import { browserStorage, chosenLanguage, Kept } from "./state/kept";
import { wouldLose } from "./state/safety";
import { browserSurroundings } from "./state/surroundings";
import { firstLanguage } from "./text/dictionary";
import { Page } from "./views/candidate/Page";
import "./style/all.css";

const link = decodeURIComponent(location.pathname.replace(/\/+$/, "").split("/").pop() ?? "");
const parameters = new URLSearchParams(location.search);
const chosen = chosenLanguage(location.search);
const interview = new Interview({
  link,
  origin: location.origin,
  language: firstLanguage(chosen, navigator.languages),
  languageChosen: chosen !== undefined,
  raw: parameters.get("raw") === "1",
  kept: new Kept(browserStorage("sessionStorage"), link),
  around: browserSurroundings,
});

document.addEventListener("visibilitychange", () => interview.observe(document.hidden ? "tab_hidden" : "tab_visible"));
// The server should not have to guess from silence that this peer is gone.
window.addEventListener("pagehide", () => {
  void interview.archive.flush();
  interview.studio.stopPublishing();
});
// Asked only while closing the page would cost something.
window.addEventListener("beforeunload", (event) => {
  if (wouldLose(interview.archive.store.state)) event.preventDefault();
});
setInterval(() => interview.tick(), 1_000);

const root = document.getElementById("app");
root?.replaceChildren();
if (root) render(<Page interview={interview} />, root);
void interview.arrive();
