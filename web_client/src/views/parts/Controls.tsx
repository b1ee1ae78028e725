/** The small things that every screen is made of. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Language } from "../../protocol/codec";
import { useFocusOnArrival, useText } from "./hooks";

interface ButtonProps {
  readonly testId: string;
  readonly onClick?: () => void;
  readonly look?: "primary" | "plain" | "quiet" | "danger";
  readonly large?: boolean;
  readonly disabled?: boolean;
  readonly type?: "button" | "submit";
  readonly label?: string;
  readonly pressed?: boolean;
  readonly children: ComponentChildren;
}

export function Button(props: ButtonProps) {
  const { testId, onClick, look = "plain", large, disabled, type = "button", label, pressed, children } = props;
  return (
    <button
      type={type}
      class={`button ${look}${large ? " large" : ""}`}
      data-testid={testId}
      onClick={onClick}
      disabled={disabled}
      aria-label={label}
      aria-pressed={pressed}
    >
      {children}
    </button>
  );
}

/** A screen's heading; takes the focus when the screen arrives. */
export function Title({ children, lead }: { readonly children: ComponentChildren; readonly lead?: string }) {
  const heading = useFocusOnArrival<HTMLHeadingElement>();
  return (
    <header class="title">
      <h1 ref={heading} tabIndex={-1}>
        {children}
      </h1>
      {lead && <p class="lead">{lead}</p>}
    </header>
  );
}

interface Choice<T> {
  readonly value: T;
  readonly label: string;
  readonly testId: string;
  readonly lang?: string;
}

/** Two or three exclusive choices side by side. */
export function Segments<T extends string | number>(props: {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly Choice<T>[];
  readonly choose: (value: T) => void;
}) {
  return (
    <div class="segments" role="group" aria-label={props.label}>
      {props.choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          data-testid={choice.testId}
          aria-pressed={choice.value === props.value}
          lang={choice.lang}
          onClick={() => props.choose(choice.value)}
        >
          {choice.label}
        </button>
      ))}
    </div>
  );
}

export function LanguageSwitch({ choose }: { readonly choose: (language: Language) => void }) {
  const { language, t } = useText();
  return (
    <Segments
      label={t("language")}
      value={language}
      choose={choose}
      choices={[
        { value: "zh", label: "中文", testId: "lang-zh", lang: "zh-CN" },
        { value: "en", label: "EN", testId: "lang-en", lang: "en" },
      ]}
    />
  );
}

/** A modal question; Escape and the browser's own back gesture close it. */
export function Dialog(props: { readonly title: string; readonly testId: string; readonly close: () => void; readonly children: ComponentChildren }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog ref={ref} class="dialog" data-testid={props.testId} aria-labelledby={`${props.testId}-title`} onCancel={props.close}>
      <h2 id={`${props.testId}-title`}>{props.title}</h2>
      {props.children}
    </dialog>
  );
}

export function Badge({ tone, testId, children }: { readonly tone: Tone; readonly testId?: string; readonly children: ComponentChildren }) {
  return (
    <span class={`badge ${tone}`} data-testid={testId}>
      {children}
    </span>
  );
}

export type Tone = "good" | "fair" | "bad" | "still" | "accent";

/** Something empty, failed or on its way, said in one place and one way. */
export function Blank(props: { readonly title: string; readonly testId: string; readonly hint?: string; readonly children?: ComponentChildren }) {
  return (
    <div class="blank" data-testid={props.testId} role="status">
      <p class="blank-title">{props.title}</p>
      {props.hint && <p>{props.hint}</p>}
      {props.children}
    </div>
  );
}

/** What must be known of the speech engine, wherever its words are shown. */
export function SpeechNotice({ text }: { readonly text: string }) {
  return (
    <p class="speech-notice" data-testid="speech-notice">
      <Badge tone="fair">!</Badge> {text}
    </p>
  );
}
