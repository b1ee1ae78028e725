import { createContext } from "preact";
import { useContext, useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import type { Language } from "../../protocol/codec";
import type { Bilingual } from "../../protocol/generated";
import type { Store } from "../../state/store";
import { type Key, translate, type Translate, type Words } from "../../text/dictionary";

/** The state of a store, and a new look at it whenever it changes. */
export function useStore<S, A>(store: Store<S, A>): S {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    again(undefined as never);
    return store.subscribe(() => again(undefined as never));
  }, [store]);
  return store.state;
}

export const LanguageContext = createContext<Language>("zh");

export interface Speaking {
  readonly language: Language;
  readonly t: Translate;
  /** A text of the server, which comes in both languages. */
  readonly say: (text: Bilingual) => string;
}

export function useText(): Speaking {
  const language = useContext(LanguageContext);
  return {
    language,
    t: (key: Key, words?: Words) => translate(language, key, words),
    say: (text) => text[language],
  };
}

/** A clock that ticks while it is shown. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** Moves the focus to a new screen's heading, so that keyboard and screen reader start there. */
export function useFocusOnArrival<T extends HTMLElement>(): { current: T | null } {
  const ref = useRef<T>(null);
  // Before the screen is painted: later it might take the focus away from where a quick person has moved it.
  useLayoutEffect(() => ref.current?.focus({ preventScroll: true }), []);
  return ref;
}
