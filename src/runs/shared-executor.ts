/**
 * Pieces of work computed together by several threads or processes that share a store: each piece by whoever claims it first.
 * @module
 */
import { breathe } from "../progress.js";
import {
  computeInto,
  fromStore,
  type Json,
  type ShardExecutor,
  type ShardStore,
  type ShardTask,
  shardKey,
} from "./shards.js";

/** What may be done with a piece: compute it; take it from the store, where it was put now or by an earlier run; leave it to another. */
export type Claim = "mine" | "computed" | "stored" | "taken";

/** How a piece ended: it is in the store, from now or from before, or is left to others. */
export type Settlement = "computed" | "stored" | "failed";

/** Who computes what; one for all that work together. */
export interface Claims {
  /** Asks for a piece; `mine` obliges to call `settle`. */
  readonly claim: (key: string) => Promise<Claim>;
  readonly settle: (key: string, how: Settlement) => void;
  /** Resolves when the piece of another is settled. */
  readonly settled: (key: string) => Promise<void>;
}

interface OpenPiece<I> {
  readonly index: number;
  readonly input: I;
  readonly key: string;
}

/**
 * An executor that shares its work: pieces that others have claimed are passed over and read from the store when they are done.
 * Every participant yields all results.
 */
export function sharedExecutor(store: ShardStore, claims: Claims): ShardExecutor {
  async function compute<I extends Json, O>(
    task: ShardTask<I, O>,
    piece: OpenPiece<I>,
    signal: AbortSignal | undefined,
  ): Promise<O> {
    let how: Settlement = "failed";
    try {
      const output = await computeInto(task, store, piece, signal);
      how = "computed";
      return output;
    } finally {
      claims.settle(piece.key, how);
    }
  }
  return {
    async *execute<I extends Json, O>(
      task: ShardTask<I, O>,
      inputs: readonly I[],
      { signal }: { readonly signal?: AbortSignal | undefined } = {},
    ) {
      let open: OpenPiece<I>[] = await Promise.all(
        inputs.map(async (input, index) => ({ index, input, key: await shardKey(task, input) })),
      );
      while (open.length > 0) {
        const taken: OpenPiece<I>[] = [];
        for (const piece of open) {
          await breathe(signal);
          const { index, key } = piece;
          const claim = await claims.claim(key);
          if (claim === "taken") {
            taken.push(piece);
            continue;
          }
          const found = await fromStore(task, store, key);
          if (found === null) {
            yield { index, key, output: await compute(task, piece, signal), stored: false };
          } else {
            if (claim === "mine") claims.settle(key, "stored");
            yield { index, key, output: found.output, stored: claim !== "computed" };
          }
        }
        open = taken;
        if (taken.length > 0) await claims.settled(taken[0]!.key);
      }
    },
  };
}

/** The claims of all participants, kept in one place. */
export class ClaimBook {
  readonly #holders = new Map<string, string>();
  readonly #done = new Map<string, "computed" | "stored">();
  readonly #waiting = new Map<string, (() => void)[]>();

  /** `participant`: whoever asks. */
  claim(key: string, participant: string): Claim {
    const done = this.#done.get(key);
    if (done !== undefined) return done;
    if (this.#holders.has(key)) return "taken";
    this.#holders.set(key, participant);
    return "mine";
  }

  settle(key: string, how: Settlement): void {
    this.#holders.delete(key);
    if (how !== "failed") this.#done.set(key, how);
    for (const resolve of this.#waiting.get(key) ?? []) resolve();
    this.#waiting.delete(key);
  }

  settled(key: string): Promise<void> {
    if (!this.#holders.has(key)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), resolve]);
    });
  }

  /** Gives up everything that a participant holds, because it ended. */
  release(participant: string): void {
    for (const [key, holder] of [...this.#holders]) if (holder === participant) this.settle(key, "failed");
  }
}
