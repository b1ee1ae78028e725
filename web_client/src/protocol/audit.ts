/** The audit log's door. */
import { read } from "./rest";

export interface AuditLine {
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: string;
}

export interface AuditPage {
  readonly items: readonly AuditLine[];
  readonly next_cursor: string | null;
}

/** `before`: the cursor of an earlier page. */
export const auditLog = (token: string, before?: string) =>
  read<AuditPage>(`/api/v1/audit${before === undefined ? "" : `?cursor=${encodeURIComponent(before)}`}`, { token });
