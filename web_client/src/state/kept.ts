/** What survives a reload: kept per tab (sessionStorage), never longer, and nothing of it is needed to go on. */
import type { Language } from "../protocol/codec";
import type { Finished } from "../protocol/generated";
import type { Joined } from "../protocol/rest";
import type { Draft } from "./draft";

export interface KeptSession {
  readonly joined: Joined;
  /** The candidate has pressed "start" in this tab; a reload goes straight back in. */
  readonly started: boolean;
  readonly withCamera: boolean;
  /** The link is used up by then, but a reload should still show the receipt. */
  readonly finished?: Finished;
}

/** Storage may be switched off; then a reload begins at the welcome page, with the same interview behind it. */
export class Kept {
  constructor(
    private readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> | undefined,
    private readonly link: string,
  ) {}

  session(): KeptSession | undefined {
    return this.read<KeptSession>(`viva:session:${this.link}`);
  }

  keepSession(session: KeptSession): void {
    this.write(`viva:session:${this.link}`, session);
  }

  forgetSession(): void {
    this.storage?.removeItem(`viva:session:${this.link}`);
    this.storage?.removeItem(`viva:draft:${this.link}`);
  }

  draft(questionId: string): Draft | undefined {
    const draft = this.read<Draft>(`viva:draft:${this.link}`);
    return draft?.questionId === questionId ? draft : undefined;
  }

  keepDraft(draft: Draft): void {
    this.write(`viva:draft:${this.link}`, draft);
  }

  private read<T>(key: string): T | undefined {
    try {
      const text = this.storage?.getItem(key);
      return text ? (JSON.parse(text) as T) : undefined;
    } catch {
      return undefined;
    }
  }

  private write(key: string, value: unknown): void {
    try {
      this.storage?.setItem(key, JSON.stringify(value));
    } catch {
      // Full or forbidden: the server has everything that matters.
    }
  }
}

const LANGUAGE_KEPT_AS = "viva:language";

/** The language chosen on this device, or in the address (`?language=en`), which counts as choosing. */
export function chosenLanguage(search: string): string | undefined {
  const wanted = new URLSearchParams(search).get("language");
  if (wanted === "zh" || wanted === "en") keepLanguage(wanted);
  return wanted ?? browserStorage("localStorage")?.getItem(LANGUAGE_KEPT_AS) ?? undefined;
}

export function keepLanguage(language: Language): void {
  try {
    browserStorage("localStorage")?.setItem(LANGUAGE_KEPT_AS, language);
  } catch {
    // Storage is full or forbidden: the choice holds for this page.
  }
}

/** Reading the property itself raises where storage is forbidden. */
export function browserStorage(kind: "localStorage" | "sessionStorage"): Storage | undefined {
  try {
    return globalThis[kind];
  } catch {
    return undefined;
  }
}
