/**
 * Where this interview may be. Several processes share the work, and one of them holds it; its addresses begin alike in
 * all of them and differ in their beginning only. Pure: told what happened, it says where to ask next.
 *
 *   moved ──► exactly there, next
 *   lost  ──► where we came in first (a load balancer knows), then each of the others in turn, those that we were sent
 *             to included: the first may be gone for good
 */
const API = "/api/v1/";
/** In a row without a welcome: from then on a move is no better than a loss. */
const MOST_MOVES = 8;
const MOST_HOMES = 32;

export class Whereabouts {
  private homes: readonly string[];
  private at: string;
  private turn = 0;
  private moves = 0;

  /** `address`: of the first process, relative to `origin` or whole; `others`: beginnings of addresses. */
  constructor(address: string, origin: string, others: readonly string[] = []) {
    const first = beginning(address, origin);
    this.homes = [...new Set([first, beginning("", origin), ...others.map((url) => beginning(url, origin))])];
    this.at = first;
  }

  /** The whole http(s) address of something of ours, whichever process it was named by. */
  address(path: string): string {
    const from = path.indexOf(API);
    return this.at + (from < 0 ? path : path.slice(from));
  }

  /** False: it was sent around too often; waiting is better. */
  moved(url: string): boolean {
    this.at = beginning(url, this.at);
    if (!this.homes.includes(this.at) && this.homes.length < MOST_HOMES) this.homes = [...this.homes, this.at];
    this.moves += 1;
    return this.moves <= MOST_MOVES;
  }

  welcomed(): void {
    this.moves = 0;
    this.turn = 0;
  }

  /** The connection broke, or none came up. `waiting`: the process asked us to come back to it. */
  lost(waiting = false): void {
    if (waiting) return;
    const next = this.homes[this.turn % this.homes.length];
    this.turn += 1;
    if (next !== undefined) this.at = next;
  }
}

function beginning(address: string, origin: string): string {
  const cut = address.indexOf(API);
  const start = cut < 0 ? address : address.slice(0, cut);
  const whole = /^[a-z]+:\/\//.test(start) ? start : origin + start;
  return whole.replace(/^ws/, "http").replace(/\/+$/, "");
}
