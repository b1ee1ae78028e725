/** Where one is on HR's page, and how that looks in the address bar. Pure. */
export type Route =
  | { readonly name: "live" | "reports" | "invite" }
  | { readonly name: "interview" | "report" | "scorecard"; readonly id: string };

export function routeOf(search: string): Route {
  const parameters = new URLSearchParams(search);
  const interview = parameters.get("interview");
  if (interview) return { name: "interview", id: interview };
  const report = parameters.get("report");
  if (report) return { name: "report", id: report };
  const scorecard = parameters.get("scorecard");
  if (scorecard) return { name: "scorecard", id: scorecard };
  const view = parameters.get("view");
  return { name: view === "reports" || view === "invite" ? view : "live" };
}

export function searchOf(route: Route): string {
  if ("id" in route) return `?${route.name}=${encodeURIComponent(route.id)}`;
  return route.name === "live" ? "" : `?view=${route.name}`;
}
