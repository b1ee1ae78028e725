/** Position and applicant in, personal link out. */
import { useState } from "preact/hooks";
import type { Language } from "../../protocol/codec";
import { addApplicant, type Invitation, invite, positions, Problem } from "../../protocol/rest";
import type { Campaign } from "../../state/campaign";
import type { Hr } from "../../state/hr";
import { Blank, Button, Segments, Title } from "../parts/Controls";
import { useText } from "../parts/hooks";
import { CampaignChoice } from "./CampaignChoice";
import { Trouble } from "./Trouble";
import { useLoaded } from "./useLoaded";

export function InviteForm({ hr }: { readonly hr: Hr }) {
  const { t } = useText();
  const [made, setMade] = useState<Invitation>();
  return (
    <section class="card narrow" data-testid="hr-invite">
      <Title lead={t("hr_invite_lead")}>{t("hr_invite")}</Title>
      {made ? <Made invitation={made} another={() => setMade(undefined)} /> : <Form hr={hr} made={setMade} />}
    </section>
  );
}

function Form({ hr, made }: { readonly hr: Hr; readonly made: (invitation: Invitation) => void }) {
  const { t, say, language } = useText();
  const { value: offered, problem: unlisted, again } = useLoaded(hr, "positions", () => positions(hr.token));
  const [picked, setPicked] = useState("");
  const [campaign, setCampaign] = useState<Campaign>({});
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [spoken, setSpoken] = useState<Language>(language);
  const [send, setSend] = useState(true);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const positionId = picked || (offered?.length === 1 ? (offered[0]?.id ?? "") : "");
  const pick = (id: string): void => {
    setPicked(id);
    setCampaign({});
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      const applicant = await addApplicant(hr.token, name, email);
      made(await invite(hr.token, { applicant_id: applicant.id, position_id: positionId, language: spoken, send, ...campaign }));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      setBusy(false);
    }
  };
  if (unlisted) return <Trouble problem={unlisted} again={again} />;
  if (!offered) return <Blank testId="hr-invite-loading" title={t("loading")} />;
  if (offered.length === 0) return <Blank testId="hr-positions-empty" title={t("hr_positions_empty")} />;
  return (
    <form class="form" onSubmit={(event) => void submit(event)}>
      <label class="field">
        <span>{t("hr_position")}</span>
        <select data-testid="hr-invite-position" required value={positionId} onChange={(e) => pick(e.currentTarget.value)}>
          <option value="" disabled>
            {t("hr_position_choose")}
          </option>
          {offered.map((position) => (
            <option key={position.id} value={position.id}>
              {say(position.title)} · {language === "zh" ? position.title.en : position.title.zh}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>{t("hr_name")}</span>
        <input data-testid="hr-invite-name" required maxLength={200} value={name} onInput={(e) => setName(e.currentTarget.value)} />
      </label>
      <label class="field">
        <span>{t("hr_email")}</span>
        <input data-testid="hr-invite-email" type="email" value={email} onInput={(e) => setEmail(e.currentTarget.value)} />
      </label>
      <div class="row">
        <span class="row-label">{t("hr_interview_language")}</span>
        <Segments
          label={t("hr_interview_language")}
          value={spoken}
          choose={setSpoken}
          choices={[
            { value: "zh", label: "中文", testId: "hr-invite-zh", lang: "zh-CN" },
            { value: "en", label: "English", testId: "hr-invite-en", lang: "en" },
          ]}
        />
      </div>
      <label class="check">
        <input type="checkbox" data-testid="hr-invite-tell" checked={send} onChange={(e) => setSend(e.currentTarget.checked)} />
        <span>{t("hr_invite_tell")}</span>
      </label>
      {positionId && <CampaignChoice key={positionId} hr={hr} positionId={positionId} campaign={campaign} choose={setCampaign} />}
      {problem && <Trouble problem={problem} />}
      <div class="actions end">
        <Button testId="hr-invite-send" look="primary" large type="submit" disabled={busy}>
          {t("hr_invite_send")}
        </Button>
      </div>
    </form>
  );
}

function Made({ invitation, another }: { readonly invitation: Invitation; readonly another: () => void }) {
  const { t, language } = useText();
  const until = new Date(invitation.expires_at).toLocaleString(language, { dateStyle: "long", timeStyle: "short" });
  return (
    <div class="form" data-testid="hr-invite-done">
      <h2>{t("hr_invite_done")}</h2>
      <p data-testid="hr-invite-sending">{t(invitation.sending ? "hr_invite_sending" : "hr_invite_not_sent")}</p>
      <Link label={t("hr_candidate_link")} url={invitation.candidate_link} testId="hr-candidate-link" />
      <Link label={t("hr_hr_link")} url={invitation.hr_link} testId="hr-hr-link" />
      <p class="hint">{t("hr_expires", { date: until })}</p>
      <div class="actions end">
        <Button testId="hr-invite-another" onClick={another}>
          {t("hr_invite_another")}
        </Button>
      </div>
    </div>
  );
}

function Link({ label, url, testId }: { readonly label: string; readonly url: string; readonly testId: string }) {
  const { t } = useText();
  const [copied, setCopied] = useState(false);
  const copy = (): void => void navigator.clipboard?.writeText(url).then(() => setCopied(true), () => undefined);
  return (
    <label class="field">
      <span>{label}</span>
      <span class="copy">
        <input readOnly value={url} data-testid={testId} onFocus={(event) => event.currentTarget.select()} />
        <Button testId={`${testId}-copy`} onClick={copy}>
          {t(copied ? "copied" : "copy_link")}
        </Button>
      </span>
    </label>
  );
}
