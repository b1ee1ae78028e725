/** Record three seconds, play them back: the check that people believe. */
import { useEffect, useRef, useState } from "preact/hooks";
import { recordEcho } from "../../media/echo";
import type { Interview } from "../../state/interview";
import { Button } from "../parts/Controls";
import { useText } from "../parts/hooks";

export function Echo({ interview }: { readonly interview: Interview }) {
  const { t } = useText();
  const [state, setState] = useState<"idle" | "recording" | "ready" | "confirmed" | "failed">("idle");
  const [url, setUrl] = useState<string>();
  const audio = useRef<HTMLAudioElement>(null);
  useEffect(() => () => void (url && URL.revokeObjectURL(url)), [url]);
  const record = async (): Promise<void> => {
    setState("recording");
    try {
      setUrl(await recordEcho(interview.studio.stream));
      setState("ready");
    } catch {
      setState("failed");
    }
  };
  const confirm = (): void => {
    interview.heardMyself = true;
    setState("confirmed");
  };
  if (state === "failed") return <p class="hint">{t("echo_failed")}</p>;
  return (
    <div class="echo" data-testid="echo" data-state={state}>
      <div class="actions">
        <Button testId="echo-record" disabled={state === "recording"} onClick={() => void record()}>
          {t(state === "recording" ? "echo_recording" : url ? "echo_again" : "echo_record")}
        </Button>
        {url && state !== "recording" && (
          <Button testId="echo-play" onClick={() => void audio.current?.play().catch(() => undefined)}>
            ▶ {t("echo_play")}
          </Button>
        )}
      </div>
      {url && <audio ref={audio} src={url} />}
      {state === "ready" && (
        <p class="echo-question">
          {t("echo_listen")}{" "}
          <Button testId="echo-yes" look="quiet" onClick={confirm}>
            ✓ {t("echo_yes")}
          </Button>
        </p>
      )}
      {state === "confirmed" && <p class="hint good-text">✓ {t("echo_yes")}</p>}
    </div>
  );
}
