/**
 * The takes in IndexedDB, by its own API: two tables, and a promise for each transaction.
 *
 *   packets  [interview, take, n] → packet        takes  [interview, take] → note
 *
 * A transaction that has completed survives the page, the tab and the browser; not, being "relaxed", a power failure in
 * the same second.
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
  const release = await claim(interview);
  try {
    const takes = new DatabaseTakes(await open(), interview, release);
    await takes.sweep(nowMs - KEPT_AT_MOST_MS, await claimed());
    return takes;
  } catch (error) {
    release();
    throw error;
  }
}

/** A tab that has lost the interview to this one writes down what it has first; one that is frozen is not waited for. */
const HANDED_OVER_WITHIN_MS = 2_000;

const lockName = (interview: string): string => `${NAME}/${interview}`;

/** One page at a time numbers an interview's packets. Resolves to how to let go; closing the page lets go, too. */
function claim(interview: string): Promise<() => void> {
  if (!navigator.locks) return Promise.resolve(() => undefined);
  return new Promise((resolve) => {
    const hold = (): Promise<void> => new Promise((release) => resolve(release));
    const name = lockName(interview);
    navigator.locks
      .request(name, { signal: AbortSignal.timeout(HANDED_OVER_WITHIN_MS) }, hold)
      .catch(() => navigator.locks.request(name, { steal: true }, hold))
      // Stolen in turn: that page goes on with the takes.
      .catch(() => undefined);
  });
}

/** The locks that any page of this origin holds. */
async function claimed(): Promise<ReadonlySet<string>> {
  const { held } = (await navigator.locks?.query()) ?? {};
  return new Set(held?.map((lock) => lock.name ?? ""));
}

class DatabaseTakes implements TakeStore {
  constructor(
    private readonly database: IDBDatabase,
    private readonly interview: string,
    private readonly release: () => void,
  ) {}

  close(): void {
    this.database.close();
    this.release();
  }

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
    for (const { interview } of others) await this.of(interview).forgetAll();
    for (const { interview, take, openedAtMs } of notes) {
      if (openedAtMs < sinceMs) await this.of(interview).forget(take);
    }
  }

  private of(interview: string): DatabaseTakes {
    return new DatabaseTakes(this.database, interview, () => undefined);
  }

  /** Keys of this interview, or of one take: in IndexedDB an array sorts after every number. */
  private mine(take?: number): IDBKeyRange {
    const prefix = take === undefined ? [this.interview] : [this.interview, take];
    return IDBKeyRange.bound(prefix, [...prefix, []]);
  }

  private change(name: string, work: (table: IDBObjectStore) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(name, "readwrite", { durability: "relaxed" });
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
