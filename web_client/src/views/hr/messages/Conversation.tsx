/** What the person wrote and what HR answered, oldest first, and the next answer. */
import { useEffect, useRef, useState } from "preact/hooks";
import { markRead, type Notice, type Said, write } from "../../../protocol/messages";
import { lookUp } from "../../../text/dictionary";
import { Badge, Blank, Button } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import { Trouble } from "../Trouble";
import type { Part } from "./PersonPage";
import { useDoing, useMoment } from "./words";

const MOST_CHARACTERS = 600;

type Line = { readonly at: number; readonly said?: Said; readonly notice?: Notice };

export function Conversation({ hr, person, again }: Part) {
  const { t } = useText();
  const lines: readonly Line[] = [
    ...person.conversation.map((said) => ({ at: said.at_ms, said })),
    ...person.notices.filter((notice) => !notice.to_staff).map((notice) => ({ at: notice.created_at_ms, notice })),
  ].sort((one, other) => one.at - other.at);
  const unread = person.conversation.some((said) => said.read_by === "");
  const { problem, run } = useDoing(again);
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [lines.length]);
  return (
    <section class="card" aria-labelledby="msg-conversation">
      <h2 id="msg-conversation">{t("msg_conversation")}</h2>
      {lines.length === 0 && <Blank testId="hr-conversation-empty" title={t("msg_conversation_none")} />}
      <ol class="talk" data-testid="hr-conversation" ref={list} tabIndex={0} aria-labelledby="msg-conversation">
        {lines.map((line, index) => (
          <TalkLine key={index} line={line} name={person.name} />
        ))}
      </ol>
      {problem && <Trouble problem={problem} />}
      {unread && (
        <Button testId="hr-mark-read" onClick={() => void run(() => markRead(hr.token, person.applicant_id))}>
          {t("msg_mark_read")}
        </Button>
      )}
      <Answer hr={hr} person={person} again={again} />
    </section>
  );
}

function TalkLine({ line, name }: { readonly line: Line; readonly name: string }) {
  const { t, language } = useText();
  const moment = useMoment();
  const channel = line.said?.channel ?? line.notice?.channel ?? "";
  const by = lookUp(language, `msg_channel_${channel}`) ?? channel;
  return (
    <li class={line.said ? "theirs" : "ours"} data-testid={line.said ? "hr-said" : "hr-told"}>
      <small class="hint">
        {line.said ? t("msg_them", { name }) : t("msg_us", { channel: by })} · {moment(line.at)}
        {line.notice && ` · ${lookUp(language, `msg_state_${line.notice.state}`) ?? ""}`}
      </small>
      <p>{line.said?.text ?? line.notice?.body}</p>
      {line.said?.intent && (
        <Badge tone="fair" testId="hr-hint">
          {t("msg_hint", { hint: lookUp(language, `msg_intent_${line.said.intent}`) ?? line.said.intent })}
        </Badge>
      )}
    </li>
  );
}

function Answer({ hr, person, again }: Part) {
  const { t } = useText();
  const [text, setText] = useState("");
  const { busy, problem, run } = useDoing(again);
  const closed = "kefu" in person.channels.closed && "email" in person.channels.closed;
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (await run(() => write(hr.token, person.applicant_id, text.trim()))) setText("");
  };
  return (
    <form class="form" onSubmit={(event) => void send(event)}>
      <label class="field">
        <span>{t("msg_write", { name: person.name })}</span>
        <textarea data-testid="hr-write" rows={3} maxLength={MOST_CHARACTERS} value={text} onInput={(e) => setText(e.currentTarget.value)} />
        <small class="hint">{t(closed ? "msg_write_closed" : "msg_write_hint")}</small>
      </label>
      {problem && <Trouble problem={problem} />}
      <Button testId="hr-write-send" look="primary" type="submit" disabled={busy || closed || text.trim() === ""}>
        {t("msg_send")}
      </Button>
    </form>
  );
}
