import { useEffect, useState } from "preact/hooks";
import { Problem } from "../../protocol/rest";
import type { Hr } from "../../state/hr";

export interface Loaded<T> {
  readonly value: T | undefined;
  readonly problem: Problem | undefined;
  readonly again: () => void;
}

/** Something from the server, loaded when `key` changes; a sign-in that has run out leads back to the form. */
export function useLoaded<T>(hr: Hr, key: string, load: () => Promise<T>): Loaded<T> {
  const [value, setValue] = useState<T>();
  const [problem, setProblem] = useState<Problem>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    let gone = false;
    setProblem(undefined);
    load().then(
      (loaded) => {
        if (!gone) setValue(loaded);
      },
      (error: unknown) => {
        if (gone || !(error instanceof Problem)) return;
        if (error.status === 401) hr.signOut();
        setProblem(error);
      },
    );
    return () => {
      gone = true;
    };
  }, [key, round]);
  return { value, problem, again: () => setRound(round + 1) };
}
