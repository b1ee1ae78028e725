/** Sound, picture and network, each with its own reason when it does not work and its own way on. */
import { useRef, useState } from "preact/hooks";
import type { DeviceState } from "../../media/devices";
import { ClippingWatch, QUIET_DBFS } from "../../media/level";
import type { DeviceKind } from "../../media/studio";
import type { Interview } from "../../state/interview";
import { Badge, Button, Title, type Tone } from "../parts/Controls";
import { useStore, useText } from "../parts/hooks";
import { LevelMeter } from "../parts/LevelMeter";
import { SelfView } from "../parts/SelfView";
import { Echo } from "./Echo";
import { Steps } from "./Frame";

export function DeviceCheck({ interview }: { readonly interview: Interview }) {
  const { t } = useText();
  const { microphone, camera, revision } = useStore(interview.studio.store);
  const [loudEnough, setLoudEnough] = useState(false);
  const { complaint, welcome } = useStore(interview.store);
  const [sentOn, setSentOn] = useState<number>();
  const connecting = sentOn === welcome?.epoch && !complaint;
  const { studio } = interview;
  const [clips, setClips] = useState(false);
  const clipping = useRef(new ClippingWatch());
  const heard = (levelDbfs: number, clipped: number): void => {
    interview.peakDbfs = Math.max(interview.peakDbfs, levelDbfs);
    if (levelDbfs > QUIET_DBFS) setLoudEnough(true);
    setClips(clipping.current.push(clipped, performance.now()));
  };
  const proceed = (): void => {
    setSentOn(welcome?.epoch);
    void interview.finishDeviceCheck();
  };
  const speaks = microphone.status === "ok";
  return (
    <section class="card narrow" data-testid="device-page">
      <Steps phase="device_check" />
      <Title lead={t("devices_lead")}>{t("devices_title")}</Title>
      <div class="devices">
        <Device kind="microphone" state={microphone} interview={interview}>
          {speaks && (
            <>
              <LevelMeter stream={studio.stream} revision={revision} heard={heard} />
              <p class={clips ? "hint fair-text" : "hint"} data-testid="level-hint" data-clips={clips} role="status">
                {t(clips ? "level_clipping" : loudEnough ? "level_good" : "level_quiet")}
              </p>
              <Echo interview={interview} />
            </>
          )}
        </Device>
        <Device kind="camera" state={camera} interview={interview}>
          {camera.status === "ok" && (
            <SelfView stream={studio.stream} revision={revision} label={t("camera_preview")} testId="camera-preview" />
          )}
        </Device>
        <Network interview={interview} />
      </div>
      {!speaks && microphone.status !== "waiting" && <p class="hint">{t("devices_continue_text_note")}</p>}
      <div class="actions end">
        <Button
          testId="device-continue"
          look={speaks ? "primary" : "plain"}
          large
          disabled={connecting || microphone.status === "waiting" || camera.status === "waiting"}
          onClick={proceed}
        >
          {t(connecting ? "devices_connecting" : speaks ? "devices_continue" : "devices_continue_text")}
        </Button>
      </div>
    </section>
  );
}

interface DeviceProps {
  readonly kind: DeviceKind;
  readonly state: DeviceState;
  readonly interview: Interview;
  readonly children: preact.ComponentChildren;
}

function Device({ kind, state, interview, children }: DeviceProps) {
  const { t } = useText();
  const { studio } = interview;
  const open = (): void => void studio.open(kind);
  return (
    <div class="device" data-testid={`device-${kind}`} data-state={state.status}>
      <div class="device-head">
        <h2>
          {t(kind)} {kind === "camera" && <small>{t("camera_optional")}</small>}
        </h2>
        <DeviceBadge state={state} />
      </div>
      {state.status === "off" && (
        <div class="device-ask">
          <p class="hint">{t("device_ask")}</p>
          <Button testId={`allow-${kind}`} look="primary" onClick={open}>
            {t(kind === "camera" ? "device_allow_camera" : "device_allow_microphone")}
          </Button>
        </div>
      )}
      {state.status === "trouble" && (
        <div class="device-trouble" role="alert">
          <p data-testid={`trouble-${kind}`} data-trouble={state.trouble}>
            {t(`device_trouble_${state.trouble}`)}
          </p>
          <div class="actions">
            <Button testId={`retry-${kind}`} onClick={open}>
              {t("retry")}
            </Button>
            {kind === "camera" && (
              <Button testId="without-camera" look="quiet" onClick={() => studio.giveUp("camera")}>
                {t("device_without_camera")}
              </Button>
            )}
          </div>
        </div>
      )}
      {children}
    </div>
  );
}

function DeviceBadge({ state }: { readonly state: DeviceState }) {
  const { t } = useText();
  switch (state.status) {
    case "ok":
      return <Badge tone="good">{t("device_ok")}</Badge>;
    case "waiting":
      return <Badge tone="accent">{t("device_waiting")}</Badge>;
    case "trouble":
      return <Badge tone="bad">!</Badge>;
    case "off":
      return <Badge tone="still">{t("device_off")}</Badge>;
  }
}

const GOOD_MS = 200;

function Network({ interview }: { readonly interview: Interview }) {
  const { t } = useText();
  const { roundTripMs } = useStore(interview.store);
  const [tone, text]: [Tone, string] =
    roundTripMs === undefined
      ? ["accent", t("network_measuring")]
      : [roundTripMs < GOOD_MS ? "good" : "fair", t(roundTripMs < GOOD_MS ? "network_good" : "network_fair", { ms: Math.max(1, Math.round(roundTripMs)) })];
  return (
    <div class="device" data-testid="device-network">
      <div class="device-head">
        <h2>{t("network")}</h2>
        <Badge tone={tone}>{text}</Badge>
      </div>
    </div>
  );
}
