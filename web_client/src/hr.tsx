/** HR's page: puts the pieces together. */
import { render } from "preact";
import { Hr } from "./state/hr";
import { browserStorage, chosenLanguage } from "./state/kept";
import { browserSurroundings } from "./state/surroundings";
import { firstLanguage } from "./text/dictionary";
import { HrPage } from "./views/hr/HrPage";
import "./style/all.css";
import "./style/hr.css";
import "./style/automation.css";
import "./style/resumes.css";
import "./style/life.css";
import "./style/scorecard.css";

const language = firstLanguage(chosenLanguage(location.search), navigator.languages);
const hr = new Hr(language, location.origin, browserSurroundings, browserStorage("sessionStorage"));
hr.resume();

const root = document.getElementById("app");
root?.replaceChildren();
if (root) render(<HrPage hr={hr} />, root);
