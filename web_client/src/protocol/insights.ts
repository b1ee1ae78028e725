/** The doors of decision support. */
import type { Bilingual } from "./generated";
import { read } from "./rest";

export interface Figure {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number;
}

export interface Input {
  readonly name: Bilingual;
  readonly value: string;
  readonly source: Bilingual;
}

export interface Advice {
  readonly code: string;
  readonly about: string;
  readonly text: Bilingual;
  readonly inputs: readonly Input[];
}

export interface Funnel {
  readonly group: string;
  readonly label: Bilingual;
  readonly steps: readonly { readonly stage: string; readonly label: Bilingual; readonly reached: number; readonly of_previous: Figure }[];
  readonly pass_rate: Figure;
}

export interface Tag {
  readonly key: string;
  readonly label: Bilingual;
  readonly strength: boolean;
  readonly score: number;
}

export interface Talent {
  readonly person_id: string;
  readonly name: string;
  readonly position: Bilingual;
  readonly total: number | null;
  readonly tags: readonly Tag[];
  readonly skills: readonly string[];
}

export interface PlanStep {
  readonly competency: string;
  readonly label: Bilingual;
  readonly required: number;
  readonly score: number;
  readonly gap: number;
  readonly push: boolean;
  readonly course: { readonly id: string; readonly title: Bilingual } | null;
  readonly exam: number | null;
  readonly done: boolean;
}

export interface PersonInsight {
  readonly person_id: string;
  readonly name: string;
  readonly position: Bilingual | null;
  readonly total: number | null;
  readonly tags: readonly Tag[];
  readonly plan: readonly PlanStep[];
  readonly fits: readonly { readonly position_id: string; readonly title: Bilingual; readonly score: number; readonly covered: number }[];
  readonly advice: readonly Advice[];
  readonly may_predict: boolean;
  readonly prediction: {
    readonly probability: number | null;
    readonly fitted: boolean;
    readonly advice: Advice | null;
    readonly risk: Advice | null;
  } | null;
}

export interface RetentionView {
  readonly model: {
    readonly fitted: boolean;
    readonly worth: {
      readonly people: number;
      readonly leavers: number;
      readonly brier: number;
      readonly brier_of_base_rate: number;
      readonly auc: Figure;
      readonly table: readonly { readonly predicted: number; readonly observed: Figure }[];
    } | null;
  };
  readonly employees: readonly {
    readonly person_id: string;
    readonly name: string;
    readonly probability: number;
    readonly band: "high" | "middle" | "low";
    readonly risk: boolean;
    readonly inputs: readonly Input[];
  }[];
}

export interface OutcomesView {
  readonly titles: Readonly<Record<string, Bilingual>>;
  readonly quality: readonly {
    readonly position_id: string;
    readonly hires: readonly { readonly person_id: string; readonly name: string; readonly expected: number; readonly actual: number }[];
    readonly agreement: Figure;
    readonly goals: readonly { readonly person_id: string; readonly period: string; readonly label: Bilingual; readonly goal: number; readonly achieved: number }[];
  }[];
  readonly profiles: readonly {
    readonly position_id: string;
    readonly rows: readonly { readonly competency: string; readonly label: Bilingual; readonly top_mean: number; readonly rest_mean: number; readonly difference: Figure }[];
    readonly standards: readonly Advice[];
  }[];
  readonly improvements: {
    readonly reports: number;
    readonly items: readonly {
      readonly competency: string;
      readonly label: Bilingual;
      readonly reports: number;
      readonly share: number;
      readonly course: { readonly title: Bilingual } | null;
    }[];
  };
}

const API = "/api/v1/insights";
export const readFunnel = (token: string, by: "position" | "channel") =>
  read<{ readonly funnels: readonly Funnel[]; readonly alarms: readonly Advice[]; readonly pass_mark: number }>(`${API}/funnel?by=${by}`, { token });
export const readPool = (token: string, text: string) =>
  read<{ readonly items: readonly Talent[]; readonly found: number }>(`${API}/pool?${new URLSearchParams({ text })}`, { token });
export const readPerson = (token: string, id: string) => read<PersonInsight>(`${API}/persons/${encodeURIComponent(id)}`, { token });
export const readRetention = (token: string) => read<RetentionView>(`${API}/retention`, { token });
export const readOutcomes = (token: string) => read<OutcomesView>(`${API}/outcomes`, { token });
