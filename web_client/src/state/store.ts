/** The whole of our state library: a value, a pure reducer, subscribers. */
export type Reducer<S, A> = (state: S, action: A) => S;

export class Store<S, A> {
  private readonly listeners = new Set<() => void>();

  constructor(
    private current: S,
    private readonly reduce: Reducer<S, A>,
  ) {}

  get state(): S {
    return this.current;
  }

  dispatch(action: A): void {
    const next = this.reduce(this.current, action);
    if (next === this.current) return;
    this.current = next;
    for (const listener of [...this.listeners]) listener();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
