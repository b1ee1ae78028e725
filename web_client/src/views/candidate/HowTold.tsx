/** By which way the candidate will hear from us, and their word about it. Silent when the server does not say. */
import { useEffect, useState } from "preact/hooks";
import { type Channel, chooseChannel, contact, type Contact } from "../../protocol/messages";
import type { Joined } from "../../protocol/rest";
import { lookUp } from "../../text/dictionary";
import { useText } from "../parts/hooks";

export function HowTold({ joined }: { readonly joined: Joined }) {
  const { t, language } = useText();
  const [known, setKnown] = useState<Contact>();
  useEffect(() => {
    let gone = false;
    contact(joined.interview_id, joined.session_token).then(
      (found) => {
        if (!gone) setKnown(found);
      },
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [joined]);
  if (!known) return null;
  if (!known.on) return <p data-testid="told-off">{t("told_off")}</p>;
  const choose = (channel: Channel, allowed: boolean): void =>
    void chooseChannel(joined.interview_id, joined.session_token, channel, allowed).then(setKnown, () => undefined);
  const listed = [...new Set([...known.open, ...known.said_no])];
  return (
    <section class="told" data-testid="told">
      <h2>{t("told_title")}</h2>
      <p data-testid="told-by">{lookUp(language, `told_by_${known.first ?? "none"}`) ?? t("told_by_none")}</p>
      {known.kefu_link && (
        <p>
          <a href={known.kefu_link} data-testid="told-kefu" target="_blank" rel="noreferrer">
            {t("told_kefu")}
          </a>
        </p>
      )}
      {listed.length > 0 && (
        <fieldset class="choices">
          <legend>{t("told_switch")}</legend>
          {listed.map((channel) => (
            <label key={channel}>
              <input
                type="checkbox"
                data-testid={`told-${channel}`}
                checked={!known.said_no.includes(channel)}
                onChange={(event) => choose(channel, event.currentTarget.checked)}
              />
              <span>{lookUp(language, `msg_channel_${channel}`) ?? channel}</span>
            </label>
          ))}
        </fieldset>
      )}
    </section>
  );
}
