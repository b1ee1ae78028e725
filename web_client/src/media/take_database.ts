/**
 * The takes in IndexedDB, by its own API: two tables, and a promise for each transaction.
 *
 *   packets  [interview, take, n] → packet        takes  [interview, take] → note
 *
 * A transaction that has completed survives the page, the tab and the browser.
 */
import { type KeptTake, summary, type TakeStore } from "./take_store";
import type { TakeNote, TakePacket } from "./take";

const NAME = "viva-takes";
/** Some browsers neither open a database in private mode nor say that they do not. */
const OPEN_WITHIN_MS = 3_000;
/** The server settles an answer within minutes. What is older than this is of no use to anybody. */
export const KEPT_AT_MOST_MS = 24 * 3_600_000;

type Row = TakePacket & { readonly interview: string };
type NoteRow = TakeNote & { readonly interview: string };

/**
 * Raises where the browser has no database for us. Clears what is too old, and what is another interview's (several
 * people may use one device), unless another tab has that interview open.
 */
export async function openTakeDatabase(interview: string, nowMs: number): Promise<TakeStore> {
  const inUse = await claim(interview);
  const takes = new DatabaseTakes(await open(), interview);
  await takes.sweep(nowMs - KEPT_AT_MOST_MS, inUse);
  return takes;
}

const lockName = (interview: string): string => `${NAME}/${interview}`;

/** Holds a lock while this page lives; returns the locks that any page of this origin holds. */
async function claim(interview: string): Promise<ReadonlySet<string>> {
  if (!navigator.locks) return new Set();
  void navigator.locks.request(lockName(interview), { mode: "shared" }, () => new Promise(() => undefined));
  const { held } = await navigator.locks.query();
  return new Set(held?.map((lock) => lock.name ?? ""));
}

class DatabaseTakes implements TakeStore {
  constructor(
    private readonly database: IDBDatabase,
    private readonly interview: string,
  ) {}

  write(packets: readonly TakePacket[]): Promise<void> {
    return this.change("packets", (table) => {
      for (const packet of packets) table.put({ ...packet, interview: this.interview } satisfies Row);
    });
  }

  note(note: TakeNote): Promise<void> {
    return this.change("takes", (table) => table.put({ ...note, interview: this.interview } satisfies NoteRow));
  }

  async read(take: number, from: number, to: number): Promise<TakePacket[]> {
    const range = IDBKeyRange.bound([this.interview, take, from], [this.interview, take, to], false, true);
    return answer<Row[]>(this.database.transaction("packets").objectStore("packets").getAll(range));
  }

  async all(): Promise<KeptTake[]> {
    const notes = this.database.transaction("takes").objectStore("takes").getAll(this.mine());
    const found: KeptTake[] = [];
    for (const note of await answer<NoteRow[]>(notes)) found.push(summary(note, await this.read(note.take, 0, Infinity)));
    return found;
  }

  async forget(take: number): Promise<void> {
    await this.change("packets", (table) => table.delete(this.mine(take)));
    await this.change("takes", (table) => table.delete([this.interview, take]));
  }

  async forgetAll(): Promise<void> {
    await this.change("packets", (table) => table.delete(this.mine()));
    await this.change("takes", (table) => table.delete(this.mine()));
  }

  async sweep(sinceMs: number, inUse: ReadonlySet<string>): Promise<void> {
    const notes = await answer<NoteRow[]>(this.database.transaction("takes").objectStore("takes").getAll());
    const others = notes.filter((note) => note.interview !== this.interview && !inUse.has(lockName(note.interview)));
    for (const { interview } of others) await new DatabaseTakes(this.database, interview).forgetAll();
    for (const { interview, take, openedAtMs } of notes) {
      if (openedAtMs < sinceMs) await new DatabaseTakes(this.database, interview).forget(take);
    }
  }

  /** Keys of this interview, or of one take: in IndexedDB an array sorts after every number. */
  private mine(take?: number): IDBKeyRange {
    const prefix = take === undefined ? [this.interview] : [this.interview, take];
    return IDBKeyRange.bound(prefix, [...prefix, []]);
  }

  private change(name: string, work: (table: IDBObjectStore) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(name, "readwrite");
      transaction.oncomplete = () => resolve();
      transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
      work(transaction.objectStore(name));
    });
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("slow")), OPEN_WITHIN_MS);
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("packets", { keyPath: ["interview", "take", "n"] });
      request.result.createObjectStore("takes", { keyPath: ["interview", "take"] });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => reject(request.error ?? new Error("blocked"));
  });
}

function answer<T>(request: IDBRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result as T);
    request.onerror = () => reject(request.error);
  });
}
