/** The pages behind "more", in the order of the list. A new one is an entry here and a file of words in `text/areas/`. */
import type { ComponentChildren } from "preact";
import type { Hr } from "../../state/hr";
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
  readonly page: (props: AreaProps) => ComponentChildren;
}

export const AREAS: readonly Area[] = [
  { name: "suggestions", title: "sug_title", lead: "sug_lead", page: Suggestions },
  { name: "messages", title: "msg_title", lead: "msg_lead", page: Messages },
  { name: "resumes", title: "hr_resumes", lead: "resumes_lead", page: Resumes },
  { name: "rules", title: "rules_title", lead: "rules_lead", page: Rules },
  { name: "people", title: "life_title", lead: "life_lead", page: People },
  { name: "deliveries", title: "sync_title", lead: "sync_lead", page: Deliveries },
  { name: "insights", title: "insight_title", lead: "insight_lead", page: Insights },
  { name: "trials", title: "trial_title", lead: "trial_lead", page: Trials },
  { name: "imports", title: "import_title", lead: "import_lead", page: Imports },
  { name: "audit", title: "audit_title", lead: "audit_lead", page: AuditLog },
];
