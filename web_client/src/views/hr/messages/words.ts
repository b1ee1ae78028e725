/** What the pages of the correspondence share: times, and trying something that may be refused. */
import { useState } from "preact/hooks";
import { Problem } from "../../../protocol/rest";
import { useText } from "../../parts/hooks";

/** A moment as people write it. */
export function useMoment(): (atMs: number) => string {
  const { language } = useText();
  const format = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "short" });
  return (atMs) => format.format(new Date(atMs));
}

export interface Doing {
  readonly busy: boolean;
  readonly problem: Problem | undefined;
  /** Does it, then `done`; what was refused is told instead. */
  readonly run: (work: () => Promise<unknown>) => Promise<boolean>;
}

export function useDoing(done: () => void): Doing {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const run = async (work: () => Promise<unknown>): Promise<boolean> => {
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
      done();
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, run };
}
