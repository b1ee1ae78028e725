/** Everybody who is known, found by name; or the life of the one that is open. */
import { useState } from "preact/hooks";
import { type Person, personList } from "../../../protocol/people";
import { Blank, Button, Title } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import type { AreaProps } from "../areas";
import { Trouble } from "../Trouble";
import { useLoaded } from "../useLoaded";
import { LifePage } from "./Life";

export function People(props: AreaProps) {
  return props.open ? <LifePage key={props.open} {...props} open={props.open} /> : <PersonList {...props} />;
}

function PersonList({ hr, go }: AreaProps) {
  const { t } = useText();
  const [typed, setTyped] = useState("");
  const [called, setCalled] = useState("");
  const [cursor, setCursor] = useState<string>();
  const { value: page, problem, again } = useLoaded(hr, `people ${called} ${cursor}`, () => personList(hr.token, called, cursor));
  const find = (event: Event): void => {
    event.preventDefault();
    setCursor(undefined);
    setCalled(typed.trim());
  };
  return (
    <section class="card" data-testid="hr-people">
      <Title lead={t("life_lead")}>{t("life_title")}</Title>
      <form class="copy" role="search" onSubmit={find}>
        <input
          type="search"
          data-testid="hr-people-search"
          aria-label={t("life_search")}
          placeholder={t("life_search")}
          value={typed}
          maxLength={120}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        <Button testId="hr-people-find" type="submit">
          {t("life_find")}
        </Button>
      </form>
      {problem && <Trouble problem={problem} again={again} />}
      {!page && !problem && <Blank testId="hr-people-loading" title={t("loading")} />}
      {page?.items.length === 0 &&
        (called ? (
          <Blank testId="hr-people-empty" title={t("life_none")} />
        ) : (
          <Blank testId="hr-people-empty" title={t("life_none_yet")} hint={t("life_none_hint")} />
        ))}
      {page && page.items.length > 0 && (
        <ul class="areas">
          {page.items.map((person) => (
            <Row key={person.id} person={person} open={() => go({ name: "area", area: "people", open: person.id })} />
          ))}
        </ul>
      )}
      {page?.more && (
        <p class="actions">
          <Button testId="hr-people-more" onClick={() => setCursor(page.next_cursor ?? undefined)}>
            {t("life_more")}
          </Button>
        </p>
      )}
    </section>
  );
}

function Row({ person, open }: { readonly person: Person; readonly open: () => void }) {
  const { t } = useText();
  return (
    <li>
      <a
        href={`?area=people&open=${person.id}`}
        data-testid="hr-person"
        onClick={(event) => {
          event.preventDefault();
          open();
        }}
      >
        <strong>{person.name || person.id}</strong>
        {person.external_id && <span class="hint">{t("life_number", { id: person.external_id })}</span>}
      </a>
    </li>
  );
}
