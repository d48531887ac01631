/**
 * Large work in independent pieces. Isomorphic; files and run folders are in `index-node.ts`.
 * @module
 */
export { type KernelDtype, type KernelStreamPlan, planKernelStream } from "./kernel-blocks.js";
export {
  canonicalJson,
  type Json,
  localExecutor,
  memoryStore,
  type PieceDraft,
  type PieceWork,
  type ShardExecutor,
  type ShardResult,
  type ShardStore,
  type ShardTask,
  shardKey,
} from "./shards.js";
