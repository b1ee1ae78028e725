/** What was understood so far: firm words, and words that may still change. Not read aloud: it is one's own voice. */
import { useEffect, useRef, useState } from "preact/hooks";
import { joiner } from "../../state/captions";
import type { Interview } from "../../state/interview";
import { Button } from "../parts/Controls";
import { useStore, useText } from "../parts/hooks";

const SIZES = [1, 1.25, 1.55] as const;

export function CaptionPanel({ interview }: { readonly interview: Interview }) {
  const { t } = useText();
  const { captions, captionsMode } = useStore(interview.store);
  const [size, setSize] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [captions]);
  return (
    <div class="captions">
      <div class="captions-head">
        <h2>{t("captions")}</h2>
        <div class="segments" role="group" aria-label={t("captions_size")}>
          <Button testId="captions-smaller" look="quiet" label={`A− ${t("size_smaller")}`} disabled={size === 0} onClick={() => setSize(size - 1)}>
            A−
          </Button>
          <Button testId="captions-larger" look="quiet" label={`A+ ${t("size_larger")}`} disabled={size === SIZES.length - 1} onClick={() => setSize(size + 1)}>
            A+
          </Button>
        </div>
      </div>
      {captionsMode !== "live" && (
        <p class="notice" role="status" data-testid="captions-mode">
          {t(`captions_${captionsMode}`)}
        </p>
      )}
      <div class="captions-box" ref={box} data-testid="captions" tabIndex={0} role="group" aria-label={t("captions")} style={{ fontSize: `${SIZES[size] ?? 1}em` }}>
        {captions.length === 0 && <p class="captions-empty">{t("captions_waiting")}</p>}
        <p>
          {captions.map((caption, i) => (
            <span key={caption.utterance_id} lang={caption.language} data-final={caption.final}>
              {joiner(captions[i - 1]?.committed ?? "", caption.committed || caption.partial)}
              <span class="committed">{caption.committed}</span>
              {!caption.final && caption.partial && (
                <span class="partial">
                  {joiner(caption.committed, caption.partial)}
                  {caption.partial}
                </span>
              )}
            </span>
          ))}
        </p>
      </div>
    </div>
  );
}
