/** One person: the conversation on one side, the scores it is about on the other; what was sent, promised, offered. */
import { useEffect } from "preact/hooks";
import { type Person, person } from "../../../protocol/messages";
import type { Hr } from "../../../state/hr";
import { lookUp } from "../../../text/dictionary";
import { Badge, Blank, Button, Title } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import type { Go } from "../HrPage";
import { Trouble } from "../Trouble";
import { useLoaded } from "../useLoaded";
import { Conversation } from "./Conversation";
import { NoticeLog } from "./NoticeLog";
import { OfferPanel } from "./OfferPanel";
import { Promises } from "./Promises";
import { Release } from "./Release";
import { ScoresBeside } from "./ScoresBeside";

export interface Part {
  readonly hr: Hr;
  readonly person: Person;
  readonly again: () => void;
}

const LOOK_EVERY_MS = 5_000;

export function PersonPage({ hr, go, applicantId }: { readonly hr: Hr; readonly go: Go; readonly applicantId: string }) {
  const { t, say } = useText();
  const { value, problem, again } = useLoaded(hr, applicantId, () => person(hr.token, applicantId));
  useEffect(() => {
    const timer = setTimeout(again, LOOK_EVERY_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return (
    <div class="correspondence" data-testid="hr-person">
      <p>
        <Button testId="hr-messages-back" look="quiet" onClick={() => go({ name: "area", area: "messages" })}>
          ← {t("msg_back")}
        </Button>
      </p>
      {problem && <Trouble problem={problem} again={again} />}
      {!value && !problem && <Blank testId="hr-person-loading" title={t("loading")} />}
      {value && (
        <>
          <Title lead={say(value.position)}>{value.name}</Title>
          <Reached person={value} />
          <div class="beside">
            <div>
              <Conversation hr={hr} person={value} again={again} />
              <NoticeLog person={value} />
            </div>
            <div>
              <Release hr={hr} person={value} again={again} />
              <Promises hr={hr} person={value} again={again} />
              <ScoresBeside person={value} go={go} />
              <OfferPanel hr={hr} person={value} again={again} />
            </div>
          </div>
        </>
      )}
    </div>
  );
}

/** Which way leads to this person now, and why the others do not. */
function Reached({ person: { channels } }: { readonly person: Person }) {
  const { t, language } = useText();
  const name = (channel: string): string => lookUp(language, `msg_channel_${channel}`) ?? channel;
  return (
    <p class="badges" data-testid="hr-person-reach">
      <Badge tone={channels.first ? "good" : "bad"}>
        {channels.first ? t("msg_reach", { channel: name(channels.first) }) : t("msg_reach_none")}
      </Badge>
      {channels.first === "kefu" && <Badge tone="still">{t("msg_reach_left", { n: channels.kefu_left })}</Badge>}
      {Object.entries(channels.closed).map(([channel, why]) => (
        <Badge key={channel} tone="still">
          {name(channel)}: {lookUp(language, `msg_why_${why}`) ?? why}
        </Badge>
      ))}
    </p>
  );
}
