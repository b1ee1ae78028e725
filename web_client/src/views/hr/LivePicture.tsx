/** The candidate live (WHEP), or a still every second while that does not work. */
import { useEffect, useRef, useState } from "preact/hooks";
import { followLive, type Picture as Shows } from "../../media/live_picture";
import { watchWhep, type Watching } from "../../media/whep";
import { still, stillUrl, ways, whepUrl } from "../../protocol/rest";
import type { Hr } from "../../state/hr";
import { Badge, Button } from "../parts/Controls";
import { useText } from "../parts/hooks";

const STILL_EVERY_MS = 1_000;

interface Shown {
  readonly hr: Hr;
  readonly interviewId: string;
  /** False: the server does not answer, and what stands there may be old. */
  readonly fresh: boolean;
  /** How the candidate's media come; over the WebSocket there is no video to forward, only stills. */
  readonly transport: string | undefined;
}

export function LivePicture(shown: Shown) {
  const { t } = useText();
  if (shown.transport === "webrtc" || shown.transport === "websocket") {
    // Another way, or another process: begun anew.
    return <Picture {...shown} key={`${shown.transport} ${shown.hr.address("")}`} />;
  }
  return (
    <div class="live-picture" data-testid="hr-video" data-way="none">
      <p class="no-picture">{t("hr_video_none")}</p>
    </div>
  );
}

function Picture({ hr, interviewId, fresh, transport }: Shown) {
  const { t } = useText();
  const picture = usePicture(hr, interviewId, transport === "websocket");
  return (
    <div class="live-picture" data-testid="hr-video" data-way={picture.way}>
      {picture.way === "live" && <LiveVideo watching={picture.watching} fresh={fresh} />}
      {picture.way === "stills" && <Stills hr={hr} interviewId={interviewId} />}
      {picture.way === "connecting" && <p class="no-picture">{t("hr_video_connecting")}</p>}
    </div>
  );
}

function usePicture(hr: Hr, interviewId: string, stills: boolean): Shows {
  const [picture, setPicture] = useState<Shows>({ way: stills ? "stills" : "connecting" });
  useEffect(() => {
    if (stills) return undefined;
    const watch = async (lost: () => void): Promise<Watching> =>
      watchWhep(hr.address(whepUrl(interviewId)), hr.token, await ways(hr.token), lost);
    return followLive(watch, setPicture);
  }, [interviewId, stills]);
  return picture;
}

function LiveVideo({ watching, fresh }: { readonly watching: Watching; readonly fresh: boolean }) {
  const { t } = useText();
  const video = useRef<HTMLVideoElement>(null);
  const [muted, setMuted] = useState(true);
  useEffect(() => {
    if (!video.current) return;
    video.current.srcObject = watching.stream;
    void video.current.play().catch(() => undefined);
  }, [watching]);
  return (
    <>
      <video ref={video} autoPlay playsInline muted={muted} aria-label={t("hr_video")} />
      <span class="picture-label">
        {fresh && <Badge tone="good">{t("hr_video_live")}</Badge>}
        <Button testId="hr-mute" look="quiet" pressed={!muted} onClick={() => setMuted(!muted)}>
          {t(muted ? "hr_video_unmute" : "hr_video_mute")}
        </Button>
      </span>
    </>
  );
}

function Stills({ hr, interviewId }: { readonly hr: Hr; readonly interviewId: string }) {
  const { t } = useText();
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    let gone = false;
    let shown: string | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = async (): Promise<void> => {
      const response = await still(hr.token, hr.address(stillUrl(interviewId))).catch(() => undefined);
      const blob = response?.status === 200 ? await response.blob() : undefined;
      if (gone) return;
      if (blob) {
        const before = shown;
        shown = URL.createObjectURL(blob);
        setUrl(shown);
        if (before) URL.revokeObjectURL(before);
      }
      timer = setTimeout(() => void next(), STILL_EVERY_MS);
    };
    void next();
    return () => {
      gone = true;
      clearTimeout(timer);
      if (shown) URL.revokeObjectURL(shown);
    };
  }, [interviewId]);
  if (!url) return <p class="no-picture">{t("hr_video_none")}</p>;
  return (
    <>
      <img src={url} alt={t("hr_video")} data-testid="hr-still" />
      <span class="picture-label">
        <Badge tone="still">{t("hr_video_stills")}</Badge>
      </span>
    </>
  );
}
