/** The few lines of SDP we touch. Pure. */

/** RFC 7587: mono, and no discontinuous transmission, which clips the first syllable after every pause. */
export function preferSpeech(sdp: string): string {
  const payload = /a=rtpmap:(\d+) opus\/48000/i.exec(sdp)?.[1];
  if (!payload) return sdp;
  return sdp.replace(new RegExp(`a=fmtp:${payload} ([^\r\n]*)`), (_, parameters: string) => {
    const kept = parameters.split(";").filter((p) => !/^(usedtx|stereo|sprop-stereo)=/.test(p.trim()));
    return `a=fmtp:${payload} ${[...kept, "usedtx=0", "stereo=0"].join(";")}`;
  });
}

/** False: nothing could reach us, be it for want of a network or because the relay refused. */
export const hasCandidate = (sdp: string): boolean => /^a=candidate:/m.test(sdp);

/** RFC 9725 section 4.3.2, RFC 8840: the body of a trickle PATCH for one media section of a bundle. Null: no more. */
export function iceFragment(sdp: string, candidates: readonly (RTCIceCandidate | null)[]): string {
  const find = (name: string): string => new RegExp(`^a=${name}:.*$`, "m").exec(sdp)?.[0]?.trim() ?? "";
  const media = /^m=.*$/m.exec(sdp)?.[0]?.trim() ?? "";
  const lines = [find("ice-ufrag"), find("ice-pwd"), media, find("mid")];
  for (const candidate of candidates) lines.push(candidate?.candidate ? `a=${candidate.candidate}` : "a=end-of-candidates");
  return lines.filter(Boolean).join("\r\n") + "\r\n";
}
