/** HR's page: puts the pieces together. */
import { render } from "preact";
import { Hr } from "./state/hr";
import { browserStorage } from "./state/kept";
import { browserSurroundings } from "./state/surroundings";
import { firstLanguage, LANGUAGE_KEPT_AS } from "./text/dictionary";
import { HrPage } from "./views/hr/HrPage";
import "./style.css";
import "./hr.css";

const chosen = new URLSearchParams(location.search).get("language") ?? browserStorage("localStorage")?.getItem(LANGUAGE_KEPT_AS) ?? undefined;
const hr = new Hr(firstLanguage(chosen, navigator.languages), location.origin, browserSurroundings, browserStorage("sessionStorage"));
hr.resume();

const root = document.getElementById("app");
if (root) render(<HrPage hr={hr} />, root);
