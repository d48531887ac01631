/**
 * Runs the tiles of an area on this thread and on workers, whoever is free takes the next. Every entry is computed by
 * the same code from the same data wherever its tile runs, so that the result has the same bits for any number of lanes.
 * @module
 */
import { isForetrainError } from "../errors.js";
import { breathe, type LongWork, throwIfAborted } from "../progress.js";
import type { Session, WorkerPool } from "../threads/pool.js";
import type { OpenJob } from "./backend.js";
import { CANCEL, COUNTERS, DONE, type KernelOrder, type KernelReply, runCounted } from "./kernel-task.js";
import { type Sheet, sheetNames, sheetWriter, tileBuffers, tileEntries } from "./sheet.js";
import { type TileGrid, tileAt, tileCount } from "./tiles.js";

/** Milliseconds of work between two breaths: often enough for a fluent progress bar and a quick Ctrl-C. */
const BREATH = 30;

/** Milliseconds between two reports where only workers compute. */
const REPORT = 100;

/** Tiles that a worker without shared memory holds: the next lies ready while a result is under way. */
const IN_FLIGHT = 2;

/** What an area wants to hear of a worker. */
interface Listener {
  reply(value: KernelReply): void;
  failure(error: Error): void;
}

interface Lane {
  readonly session: Session;
  listener: Listener | null;
  /** set when the worker is gone */
  error: Error | null;
}

export interface LaneOptions extends LongWork {
  readonly pool: WorkerPool | null;
  /** workers to use; 0 for none */
  readonly workers: number;
  /** whether this thread computes too */
  readonly main: boolean;
  /** share memory with the workers; else tiles are transferred */
  readonly share: boolean;
  /** a worker that cannot start is an error; otherwise the others do its work */
  readonly strict: boolean;
}

/**
 * Plain data with its typed arrays in shared memory, where every worker sees them without a copy of its own; or, for
 * workers that must not share, in memory of their own.
 */
function placeArrays<T>(value: T, shared: boolean): T {
  const seen = new Map<ArrayBufferLike, ArrayBufferLike>();
  const placed = (buffer: ArrayBufferLike): ArrayBufferLike => {
    if (shared !== buffer instanceof ArrayBuffer) return buffer;
    let copy = seen.get(buffer);
    if (copy === undefined) {
      const bytes = buffer.byteLength;
      copy = shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
      new Uint8Array(copy).set(new Uint8Array(buffer));
      seen.set(buffer, copy);
    }
    return copy;
  };
  const walk = (item: unknown): unknown => {
    if (ArrayBuffer.isView(item)) {
      const { buffer, byteOffset, length } = item as Float64Array;
      const View = item.constructor as new (b: ArrayBufferLike, at: number, n: number) => Float64Array;
      return new View(placed(buffer), byteOffset, length);
    }
    if (Array.isArray(item)) return item.map(walk);
    if (typeof item === "object" && item !== null && Object.getPrototypeOf(item) === Object.prototype) {
      return Object.fromEntries(Object.entries(item).map(([key, part]) => [key, walk(part)]));
    }
    return item;
  };
  return walk(value) as T;
}

/** This thread and sessions on workers for one job; areas run one after another. */
export class Lanes {
  readonly #job: OpenJob;
  readonly #options: LaneOptions;
  readonly #lanes: Lane[] = [];
  /** set when the area in work fails */
  #failure: Error | null = null;
  /** ends the wait for something to happen */
  #wake: () => void = () => {};

  constructor(job: OpenJob, options: LaneOptions) {
    this.#job = job;
    this.#options = options;
    const { pool, workers, share } = options;
    if (pool === null || workers === 0 || job.lowered === undefined) return;
    const payload = placeArrays(job.lowered, share);
    for (let i = 0; i < workers; i++) this.#lanes.push(this.#start(pool, payload));
  }

  #start(pool: WorkerPool, payload: unknown): Lane {
    const lane: { session: Session | null; listener: Listener | null; error: Error | null } = {
      session: null,
      listener: null,
      error: null,
    };
    const session = pool.session({
      message: (value) => lane.listener?.reply(value as KernelReply),
      failure: (error) => {
        lane.error = error;
        lane.listener?.failure(error);
      },
    });
    lane.session = session;
    void session.ready.then(() => session.open("kernel", payload));
    return lane as Lane;
  }

  /** A worker that could not start did no harm: the others do its work, unless it was asked for. */
  #ignored(error: Error): boolean {
    return !this.#options.strict && isForetrainError(error) && error.details["loaded"] === false;
  }

  /**
   * Computes all tiles of the grid into the sheet.
   * @throws what a tile throws on any lane, ERR_UNAVAILABLE or ERR_MEMORY when a worker dies, ERR_ABORTED
   */
  async run(grid: TileGrid, sheet: Sheet): Promise<void> {
    const total = tileCount(grid);
    await breathe(this.#options.signal);
    for (const { error } of this.#lanes) if (error !== null && !this.#ignored(error)) throw error;
    const lanes = this.#lanes.filter(({ error }) => error === null);
    this.#failure = null;
    try {
      if (lanes.length === 0) await this.#here(grid, sheet);
      else if (this.#options.share) await this.#shared(grid, sheet, lanes);
      else await this.#transferred(grid, sheet, lanes);
    } finally {
      for (const lane of lanes) lane.listener = null;
    }
    this.#report(total, total);
  }

  /** Gives the workers back; those that still compute are ended. */
  close(): void {
    for (const { session, error } of this.#lanes) if (error === null) session.close();
    this.#lanes.length = 0;
    this.#job.close();
  }

  #report(done: number, total: number): void {
    this.#options.onProgress?.({ label: "kernel", done, total, unit: "tiles" });
  }

  /** Listens to a lane; `started` runs when its worker is there, unless the area is over. */
  #listen(lane: Lane, reply: (value: KernelReply) => void, started: () => void): void {
    const listener: Listener = {
      reply: (value) => {
        try {
          reply(value);
        } catch (error) {
          this.#failure ??= error as Error;
        }
        this.#wake();
      },
      failure: (error) => {
        if (!this.#ignored(error)) this.#failure ??= error;
        this.#wake();
      },
    };
    lane.listener = listener;
    void lane.session.ready.then(() => {
      if (lane.listener === listener) started();
    });
  }

  /** Waits for workers until `done` says total, or nobody is left to wait for. */
  async #wait(done: () => number, total: number, lanes: readonly Lane[]): Promise<void> {
    const { signal } = this.#options;
    const wake = () => this.#wake();
    signal?.addEventListener("abort", wake);
    try {
      for (;;) {
        throwIfAborted(signal);
        if (this.#failure !== null) throw this.#failure;
        if (done() >= total || lanes.every(({ error }) => error !== null)) return;
        this.#report(done(), total);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, REPORT);
          this.#wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    } finally {
      signal?.removeEventListener("abort", wake);
      this.#wake = () => {};
    }
  }

  /** On this thread alone; a backend with lanes of its own gets several tiles at once. */
  async #here(grid: TileGrid, sheet: Sheet, start = 0): Promise<void> {
    const { signal } = this.#options;
    const total = tileCount(grid);
    const write = sheetWriter(sheet);
    let next = start;
    let done = start;
    let last = performance.now();
    const lane = async (): Promise<void> => {
      const values = tileBuffers(sheetNames(sheet), tileEntries(grid, grid.side, sheet));
      while (next < total) {
        const tile = tileAt(grid, next++);
        const pending = this.#job.run(tile, values);
        if (pending !== undefined) await pending;
        write(tile, values);
        done++;
        if (performance.now() - last > BREATH) {
          this.#report(done, total);
          await breathe(signal);
          last = performance.now();
        }
      }
    };
    await Promise.all(Array.from({ length: Math.max(1, this.#job.lanes) }, lane));
  }

  /** Everyone takes numbers of tiles from one counter and writes into the shared sheet. */
  async #shared(grid: TileGrid, sheet: Sheet, lanes: readonly Lane[]): Promise<void> {
    const total = tileCount(grid);
    const counters = new Int32Array(new SharedArrayBuffer(COUNTERS * Int32Array.BYTES_PER_ELEMENT));
    const done = () => Atomics.load(counters, DONE);
    const order = { kind: "shared", grid, sheet, counters } satisfies KernelOrder;
    for (const lane of lanes) {
      this.#listen(
        lane,
        () => {},
        () => lane.session.post(order),
      );
    }
    try {
      if (this.#options.main) await this.#counted(grid, sheet, counters);
      await this.#wait(done, total, lanes);
      // no worker could start
      if (done() < total) await this.#counted(grid, sheet, counters);
    } catch (error) {
      Atomics.store(counters, CANCEL, 1);
      throw error;
    }
  }

  /** This thread's share of the counter. */
  async #counted(grid: TileGrid, sheet: Sheet, counters: Int32Array): Promise<void> {
    const { signal } = this.#options;
    const total = tileCount(grid);
    const write = sheetWriter(sheet);
    const values = tileBuffers(sheetNames(sheet), tileEntries(grid, grid.side, sheet));
    let last = performance.now();
    const run = (index: number) => {
      const tile = tileAt(grid, index);
      this.#job.run(tile, values);
      write(tile, values);
    };
    while (runCounted(run, total, counters, () => performance.now() - last > BREATH) === "paused") {
      this.#report(Atomics.load(counters, DONE), total);
      await breathe(signal);
      if (this.#failure !== null) throw this.#failure;
      last = performance.now();
    }
  }

  /** Workers are told tile by tile and send the results. */
  async #transferred(grid: TileGrid, sheet: Sheet, lanes: readonly Lane[]): Promise<void> {
    const total = tileCount(grid);
    const names = sheetNames(sheet);
    const write = sheetWriter(sheet);
    let next = 0;
    let done = 0;
    const feed = (lane: Lane) => {
      if (next >= total) return;
      const { positions, readouts } = sheet;
      const form = readouts === undefined ? { positions } : { positions, readouts };
      lane.session.post({ kind: "tile", grid, names, form, index: next++ } satisfies KernelOrder);
    };
    for (const lane of lanes) {
      this.#listen(
        lane,
        (reply) => {
          if (reply.kind !== "tile") return;
          feed(lane);
          write(tileAt(grid, reply.index), reply.values);
          done++;
        },
        () => {
          for (let i = 0; i < IN_FLIGHT; i++) feed(lane);
        },
      );
    }
    await this.#wait(() => done, total, lanes);
    if (done < total) await this.#here(grid, sheet, done); // no worker could start: nothing was handed out
  }
}
