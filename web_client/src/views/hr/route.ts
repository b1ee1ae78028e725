/** Where one is on HR's page, and how that looks in the address bar. Pure. */
export type Route =
  | { readonly name: "live" | "reports" | "invite" | "more" }
  | { readonly name: "interview" | "report" | "scorecard"; readonly id: string }
  /** A page behind "more", and what of it is open; the pages themselves are in `areas.ts`. */
  | { readonly name: "area"; readonly area: string; readonly open?: string };

const TABS = ["reports", "invite", "more"] as const;

export function routeOf(search: string): Route {
  const parameters = new URLSearchParams(search);
  const interview = parameters.get("interview");
  if (interview) return { name: "interview", id: interview };
  const report = parameters.get("report");
  if (report) return { name: "report", id: report };
  const scorecard = parameters.get("scorecard");
  if (scorecard) return { name: "scorecard", id: scorecard };
  const area = parameters.get("area");
  const open = parameters.get("open");
  if (area) return { name: "area", area, ...(open ? { open } : {}) };
  const view = parameters.get("view");
  return { name: TABS.find((name) => name === view) ?? "live" };
}

export function searchOf(route: Route): string {
  if ("id" in route) return `?${route.name}=${encodeURIComponent(route.id)}`;
  if (route.name === "area") return `?${new URLSearchParams({ area: route.area, ...(route.open ? { open: route.open } : {}) })}`;
  return route.name === "live" ? "" : `?view=${route.name}`;
}
