/** What lies undelivered, why, what to do about it, and the button that delivers it again. */
import { useState } from "preact/hooks";
import { type Letter, letters, replay, type Replay } from "../../../protocol/deliveries";
import { Problem } from "../../../protocol/rest";
import { Blank, Button } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import type { AreaProps } from "../areas";
import { Trouble } from "../Trouble";
import { useLoaded } from "../useLoaded";

export function Letters({ hr, again: changed }: { readonly hr: AreaProps["hr"]; readonly again: () => void }) {
  const { t } = useText();
  const [cursor, setCursor] = useState<string>();
  const { value: page, problem, again } = useLoaded(hr, `letters ${cursor}`, () => letters(hr.token, "dead", cursor));
  const [told, setTold] = useState("");
  const [refused, setRefused] = useState<Problem>();
  const send = async (wanted: Replay): Promise<void> => {
    try {
      const { queued } = await replay(hr.token, wanted);
      setTold(t("sync_replayed", { n: queued }));
      setRefused(undefined);
      again();
      changed();
    } catch (error) {
      if (error instanceof Problem) setRefused(error);
    }
  };
  const some = page && page.items.length > 0;
  return (
    <section class="card" aria-labelledby="sync-letters" data-testid="hr-letters">
      <div class="row">
        <h2 id="sync-letters">{t("sync_letters")}</h2>
        {some && (
          <Button testId="hr-letters-all" onClick={() => void send({ all: true })}>
            {t("sync_replay_all")}
          </Button>
        )}
      </div>
      <p class="hint">{t("sync_letters_hint")}</p>
      <p role="status" data-testid="hr-letters-told">
        {told}
      </p>
      {(problem ?? refused) && <Trouble problem={(problem ?? refused) as Problem} again={again} />}
      {!page && !problem && <Blank testId="hr-letters-loading" title={t("loading")} />}
      {page && !some && <Blank testId="hr-letters-empty" title={t("sync_letters_none")} />}
      {some && (
        <ul class="letters">
          {page.items.map((letter) => (
            <One key={letter.id} letter={letter} send={send} />
          ))}
        </ul>
      )}
      {page?.next_cursor && (
        <p class="actions">
          <Button testId="hr-letters-more" onClick={() => setCursor(page.next_cursor ?? undefined)}>
            {t("life_more")}
          </Button>
        </p>
      )}
    </section>
  );
}

function One({ letter, send }: { readonly letter: Letter; readonly send: (wanted: Replay) => Promise<void> }) {
  const { t, say, language } = useText();
  const day = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const { source, message_id, destination, error } = letter;
  return (
    <li data-testid="hr-letter">
      <p>
        <strong>{error ? say(error.what) : letter.kind}</strong>
        {error?.field && <span class="hint"> {t("sync_field", { field: error.field })}</span>}
      </p>
      {error && <p>{say(error.todo)}</p>}
      <p class="hint small">
        {destination} · <code>{letter.subject}</code> · {t("sync_attempts", { n: letter.attempts, day: day.format(new Date(letter.created_at)) })} ·{" "}
        <code>
          {error?.code} {error?.detail}
        </code>
      </p>
      <Button testId="hr-letter-replay" onClick={() => void send({ source, message_id, destination })}>
        {t("sync_replay")}
      </Button>
    </li>
  );
}
