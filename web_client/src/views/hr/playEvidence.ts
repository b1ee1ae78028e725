/**
 * Each quote in a report links to its moment in the recording (`#t=12.3,15.8`, W3C Media Fragments 4.2.1). The report
 * may run no script in our frame, so this page plays the moment for it.
 */
export function playEvidence(page: Document | null): void {
  page?.addEventListener("click", (event) => {
    const link = (event.target as Element | null)?.closest<HTMLAnchorElement>("a.play");
    const audio = link && page.getElementById(`audio-${link.dataset["answer"] ?? ""}`);
    if (!link || !audio || !("play" in audio)) return;
    event.preventDefault();
    playMoment(audio as HTMLAudioElement, momentOf(link.hash));
  });
}

/** Seconds from and to; a fragment without an end plays on. */
export function momentOf(hash: string): { readonly from: number; readonly to: number } {
  const [from = "", to = ""] = hash.replace(/^#t=/, "").split(",");
  return { from: Number(from) || 0, to: Number(to) || Infinity };
}

function playMoment(audio: HTMLAudioElement, { from, to }: { readonly from: number; readonly to: number }): void {
  audio.currentTime = from;
  audio.ontimeupdate = () => {
    if (audio.currentTime < to) return;
    audio.pause();
    audio.ontimeupdate = null;
  };
  void audio.play().catch(() => undefined);
}
