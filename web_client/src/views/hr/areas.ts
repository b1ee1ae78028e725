/** The pages behind "more", in the order of the list. A new one is an entry here and a file of words in `text/areas/`. */
import type { ComponentChildren } from "preact";
import { type Hr, RECRUITERS, WATCHERS } from "../../state/hr";
import type { Key } from "../../text/dictionary";
import { AuditLog } from "./AuditLog";
import type { Go } from "./HrPage";
import { Rules } from "./Rules";
import { Suggestions } from "./Suggestions";
import { Resumes } from "./ResumeList";
import { Deliveries } from "./deliveries/Deliveries";
import { People } from "./people/People";
import { Insights } from "./insights/Insights";
import { Imports } from "./imports/Imports";
import { Messages } from "./messages/Messages";
import { Trials } from "./trials/Trials";

export interface AreaProps {
  readonly hr: Hr;
  readonly go: Go;
  /** What of the area is open, from the address bar: an id or nothing. */
  readonly open: string | undefined;
}

export interface Area {
  readonly name: string;
  readonly title: Key;
  readonly lead: Key;
  /** Whom the server lets in; nobody else is shown the way. */
  readonly roles: readonly string[];
  readonly page: (props: AreaProps) => ComponentChildren;
}

export const AREAS: readonly Area[] = [
  { name: "suggestions", title: "sug_title", lead: "sug_lead", roles: WATCHERS, page: Suggestions },
  { name: "messages", title: "msg_title", lead: "msg_lead", roles: WATCHERS, page: Messages },
  { name: "resumes", title: "hr_resumes", lead: "resumes_lead", roles: WATCHERS, page: Resumes },
  { name: "rules", title: "rules_title", lead: "rules_lead", roles: WATCHERS, page: Rules },
  { name: "people", title: "life_title", lead: "life_lead", roles: RECRUITERS, page: People },
  { name: "deliveries", title: "sync_title", lead: "sync_lead", roles: RECRUITERS, page: Deliveries },
  { name: "insights", title: "insight_title", lead: "insight_lead", roles: RECRUITERS, page: Insights },
  { name: "trials", title: "trial_title", lead: "trial_lead", roles: WATCHERS, page: Trials },
  { name: "imports", title: "import_title", lead: "import_lead", roles: ["admin", "steward"], page: Imports },
  { name: "audit", title: "audit_title", lead: "audit_lead", roles: ["admin"], page: AuditLog },
];
