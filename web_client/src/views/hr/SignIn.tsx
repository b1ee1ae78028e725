import { useEffect, useState } from "preact/hooks";
import { waysIn, WECOM_SIGN_IN } from "../../protocol/messages";
import { Problem } from "../../protocol/rest";
import type { Hr } from "../../state/hr";
import { Button, Title } from "../parts/Controls";
import { useText } from "../parts/hooks";
import { Trouble } from "./Trouble";

export function SignIn({ hr }: { readonly hr: Hr }) {
  const { t } = useText();
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const wecom = useWeCom(hr, setProblem);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await hr.signIn(user, password);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      setBusy(false);
    }
  };
  return (
    <form class="card sign-in" data-testid="hr-sign-in-page" onSubmit={(event) => void submit(event)}>
      <Title>{t("hr_sign_in")}</Title>
      <label class="field">
        <span>{t("hr_user")}</span>
        <input data-testid="hr-user" autoComplete="username" required value={user} onInput={(e) => setUser(e.currentTarget.value)} />
      </label>
      <label class="field">
        <span>{t("hr_password")}</span>
        <input
          data-testid="hr-password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onInput={(e) => setPassword(e.currentTarget.value)}
        />
      </label>
      {problem && <Trouble problem={problem} />}
      <Button testId="hr-sign-in" look="primary" large type="submit" disabled={busy}>
        {t("hr_sign_in")}
      </Button>
      {wecom && (
        <a class="button plain large" href={WECOM_SIGN_IN} data-testid="hr-sign-in-wecom">
          {t("msg_sign_in_wecom")}
        </a>
      )}
    </form>
  );
}

/** Whether WeCom is a way in; and the second half of it, when WeCom has sent us back with a code in the address. */
function useWeCom(hr: Hr, failed: (problem: Problem) => void): boolean {
  const [offered, setOffered] = useState(false);
  useEffect(() => {
    waysIn().then(
      (ways) => setOffered(ways.wecom),
      () => undefined,
    );
    const back = new URLSearchParams(location.search);
    const code = back.get("code");
    const state = back.get("state");
    if (!code || !state) return;
    history.replaceState(null, "", location.pathname); // the code is used up: it must not be tried again by a reload
    hr.signInByWeCom(code, state).catch((error: unknown) => {
      if (error instanceof Problem) failed(error);
    });
  }, []);
  return offered;
}
