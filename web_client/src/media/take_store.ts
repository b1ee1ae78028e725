/** Where the packets of one interview's takes are kept: in IndexedDB (take_database.ts), or, here, in memory. */
import { type Ranges, union } from "./ranges";
import type { TakeNote, TakePacket } from "./take";

export interface KeptTake {
  readonly note: TakeNote;
  readonly held: Ranges;
  /** Where the last of them ends in the take's time. */
  readonly endMs: number;
  readonly packetMs: number;
  readonly packetBytes: number;
}

/** Everything may reject; `write` of some packets keeps all of them or none. */
export interface TakeStore {
  write(packets: readonly TakePacket[]): Promise<void>;
  note(note: TakeNote): Promise<void>;
  /** Those of [from, to) that are there, in order. */
  read(take: number, from: number, to: number): Promise<TakePacket[]>;
  all(): Promise<KeptTake[]>;
  forget(take: number): Promise<void>;
  forgetAll(): Promise<void>;
  /** Another page may go on with these takes. */
  close(): void;
}

export class MemoryTakes implements TakeStore {
  bytes = 0;
  private readonly packets = new Map<number, Map<number, TakePacket>>();
  private readonly notes = new Map<number, TakeNote>();

  async write(packets: readonly TakePacket[]): Promise<void> {
    for (const packet of packets) this.put(packet);
  }

  async note(note: TakeNote): Promise<void> {
    this.notes.set(note.take, note);
  }

  async read(take: number, from: number, to: number): Promise<TakePacket[]> {
    const found: TakePacket[] = [];
    for (let n = from; n < to; n += 1) {
      const packet = this.packets.get(take)?.get(n);
      if (packet) found.push(packet);
    }
    return found;
  }

  async all(): Promise<KeptTake[]> {
    return [...this.notes.values()].map((note) => summary(note, this.packets.get(note.take)?.values() ?? []));
  }

  async forget(take: number): Promise<void> {
    this.drop(take, Infinity);
    this.notes.delete(take);
  }

  async forgetAll(): Promise<void> {
    for (const take of [...this.packets.keys()]) this.drop(take, Infinity);
    this.notes.clear();
  }

  close(): void {}

  put(packet: TakePacket): void {
    const take = this.packets.get(packet.take) ?? new Map<number, TakePacket>();
    this.packets.set(packet.take, take);
    this.bytes += packet.payload.length - (take.get(packet.n)?.payload.length ?? 0);
    take.set(packet.n, packet);
  }

  /** Forgets what the server has: memory is dearer than a disk. */
  drop(take: number, through: number): void {
    const packets = this.packets.get(take);
    for (const [n, packet] of packets ?? []) {
      if (n > through) continue;
      packets?.delete(n);
      this.bytes -= packet.payload.length;
    }
    if (packets?.size === 0) this.packets.delete(take);
  }
}

export function summary(note: TakeNote, packets: Iterable<TakePacket>): KeptTake {
  let [held, endMs, packetMs, packetBytes]: [Ranges, number, number, number] = [[], 0, 60, 0];
  for (const packet of packets) {
    held = union(held, [packet.n, packet.n + 1]);
    endMs = Math.max(endMs, packet.startMs + packet.durationMs);
    packetMs = packet.durationMs;
    packetBytes = Math.max(packetBytes, packet.payload.length);
  }
  return { note, held, endMs, packetMs, packetBytes };
}
